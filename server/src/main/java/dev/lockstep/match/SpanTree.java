package dev.lockstep.match;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Spans of numbers, and which of them hold a number: in time that follows their count and not that
/// of the others.
///
/// A priority search tree (McCreight 1985) in its radix form: every node holds one span and none
/// below it reaches further, so that a search ends where spans end too early; which side a span
/// goes to is told by the next bit of its beginning, and after these by those of its end. So the
/// tree is never deeper than 128 and needs no balancing, and 64 nodes at most are looked at in
/// vain. Equal spans share a node.
final class SpanTree<F> {
    private static final int BITS = 2 * Long.SIZE;

    private @Nullable Node<F> root;

    private static final class Node<F> {
        private long from;
        private long to;
        private Found<F> found;
        private @Nullable Node<F> left;
        private @Nullable Node<F> right;

        Node(long from, long to, Found<F> found) {
            this.from = from;
            this.to = to;
            this.found = found;
        }

        private boolean is(long from, long to) {
            return this.from == from && this.to == to;
        }

        private void take(Node<F> other) {
            from = other.from;
            to = other.to;
            found = other.found;
        }
    }

    boolean isEmpty() {
        return root == null;
    }

    void add(Posting.Spanned<F> posting) {
        Node<F> carried = new Node<>(posting.span.from(), posting.span.to(), posting);
        Node<F> at = root;
        if (at == null) {
            root = carried;
            return;
        }
        for (int depth = 0; depth <= BITS; depth++) {
            if (at.is(carried.from, carried.to)) {
                at.found = at.found.with(posting);
                return;
            }
            if (carried.to > at.to) {
                Node<F> lower = new Node<>(at.from, at.to, at.found);
                at.take(carried);
                carried = lower;
            }
            boolean right = goesRight(carried.from, carried.to, depth);
            Node<F> next = right ? at.right : at.left;
            if (next == null) {
                if (right) {
                    at.right = carried;
                } else {
                    at.left = carried;
                }
                return;
            }
            at = next;
        }
        throw new IllegalStateException("different spans differ in a bit");
    }

    void remove(Posting.Spanned<F> posting) {
        long from = posting.span.from();
        long to = posting.span.to();
        Node<F> parent = null;
        Node<F> at = Objects.requireNonNull(root);
        for (int depth = 0; !at.is(from, to); depth++) {
            parent = at;
            at = Objects.requireNonNull(goesRight(from, to, depth) ? at.right : at.left);
        }
        Found<F> left = at.found.without(posting);
        if (left != null) {
            at.found = left;
        } else {
            pullUp(at, parent);
        }
    }

    /// Fills a node from below, always by what reaches further, until the end of a path is free.
    private void pullUp(Node<F> hole, @Nullable Node<F> above) {
        Node<F> at = hole;
        Node<F> parent = above;
        for (Node<F> child = further(at); child != null; child = further(at)) {
            at.take(child);
            parent = at;
            at = child;
        }
        if (parent == null) {
            root = null;
        } else if (parent.left == at) {
            parent.left = null;
        } else {
            parent.right = null;
        }
    }

    private @Nullable Node<F> further(Node<F> node) {
        Node<F> left = node.left;
        Node<F> right = node.right;
        return right == null || (left != null && left.to >= right.to) ? left : right;
    }

    private static boolean goesRight(long from, long to, int depth) {
        return depth < Long.SIZE ? bit(from, depth) : bit(to, depth - Long.SIZE);
    }

    /// From the highest, in an order without signs.
    private static boolean bit(long number, int place) {
        return ((number ^ Long.MIN_VALUE) << place) < 0;
    }

    /// Visits what stands at spans that hold the number.
    void visit(long number, Probe<F> probe) {
        along(root, number, 0, probe);
    }

    /// Where spans may begin on either side of the number, as far as the bits were looked at.
    private void along(@Nullable Node<F> node, long number, int depth, Probe<F> probe) {
        if (node == null || node.to < number) {
            return;
        }
        if (node.from <= number) {
            node.found.visit(probe);
        }
        if (depth == Long.SIZE) {
            before(node.left, number, probe);
            before(node.right, number, probe);
        } else if (bit(number, depth)) {
            before(node.left, number, probe);
            along(node.right, number, depth + 1, probe);
        } else {
            along(node.left, number, depth + 1, probe);
        }
    }

    /// Where all spans begin at the number or before it.
    private void before(@Nullable Node<F> node, long number, Probe<F> probe) {
        if (node == null || node.to < number) {
            return;
        }
        node.found.visit(probe);
        before(node.left, number, probe);
        before(node.right, number, probe);
    }

    /// Visits all.
    void visitAll(Probe<F> probe) {
        visitAll(root, probe);
    }

    private void visitAll(@Nullable Node<F> node, Probe<F> probe) {
        if (node != null) {
            node.found.visit(probe);
            visitAll(node.left, probe);
            visitAll(node.right, probe);
        }
    }
}
