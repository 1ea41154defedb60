package dev.lockstep.replication;

import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.core.Change;
import dev.lockstep.core.Lsn;
import dev.lockstep.core.Row;
import dev.lockstep.core.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/// Keeps what it is given, as a feed would, and checks the order of positions.
final class RecordingSink implements TransactionSink {
    private final Function<Transaction, List<Change>> keep;
    private final List<Transaction> transactions = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private final Semaphore gate = new Semaphore(Integer.MAX_VALUE);
    private Lsn start = Lsn.NONE;
    private Lsn head = Lsn.NONE;
    private volatile Lsn confirmable = Lsn.NONE;
    private volatile boolean confirming;

    RecordingSink() {
        this(RecordingSink::all);
    }

    /// @param keep what to remember of each transaction
    RecordingSink(Function<Transaction, List<Change>> keep) {
        this.keep = keep;
    }

    private static List<Change> all(Transaction transaction) {
        List<Change> changes = new ArrayList<>();
        Iterator<Change> each = transaction.changes();
        while (each.hasNext()) {
            changes.add(each.next());
        }
        return changes;
    }

    /// From now on PostgreSQL may forget all that was handed over.
    void confirmAll() {
        confirming = true;
    }

    /// Makes [#committed] wait.
    void block() {
        gate.drainPermits();
    }

    void unblock() {
        gate.release(Integer.MAX_VALUE / 2);
    }

    @Override
    public synchronized Lsn opened(Epoch epoch, Lsn from) {
        boolean same = !epochs.isEmpty() && epochs.getLast().equals(epoch);
        if (!same) {
            epochs.add(epoch);
            start = from;
            head = from;
            confirmable = from;
        }
        notifyAll();
        return head;
    }

    @Override
    public void committed(Transaction transaction) throws InterruptedException {
        gate.acquire();
        gate.release();
        List<Change> kept = keep.apply(transaction);
        synchronized (this) {
            if (!transaction.endLsn().isAfter(head)) {
                fail("%s handed over at head %s", transaction.endLsn(), head);
            }
            head = transaction.endLsn();
            transactions.add(transaction);
            changes.addAll(kept);
            notifyAll();
        }
    }

    @Override
    public synchronized void advanced(Lsn position) {
        if (!position.isAfter(head)) {
            fail("advanced to %s at head %s", position, head);
        }
        head = position;
        notifyAll();
    }

    @Override
    public synchronized Lsn confirmable() {
        if (confirming) {
            confirmable = head;
        }
        return confirmable;
    }

    synchronized Lsn head() {
        return head;
    }

    synchronized Lsn start() {
        return start;
    }

    synchronized List<Epoch> epochs() {
        return List.copyOf(epochs);
    }

    synchronized List<Transaction> transactions() {
        return List.copyOf(transactions);
    }

    synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    /// The given column of all inserted and updated rows of a table, in order.
    List<String> seen(String table, String column) {
        List<String> values = new ArrayList<>();
        for (Change change : changes()) {
            switch (change) {
                case Change.Insert(var relation, Row row)
                        when relation.name().name().equals(table) ->
                        values.add(row.text(relation.indexOf(column)));
                case Change.Update(var relation, _, Row row)
                        when relation.name().name().equals(table) ->
                        values.add(row.text(relation.indexOf(column)));
                case Change.Insert _,
                        Change.Update _,
                        Change.Delete _,
                        Change.Truncate _,
                        Change.Message _ -> {}
            }
        }
        return values;
    }

    /// Waits until the condition holds; it is tried again after every call of the reader and every
    /// few milliseconds.
    void await(String what, BooleanSupplier condition) throws InterruptedException {
        await(what, Duration.ofSeconds(20), condition, () -> "");
    }

    void await(String what, Duration limit, BooleanSupplier condition, Supplier<String> context)
            throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited %s for %s; saw %s %s", limit, what, changes(), context.get());
            }
            synchronized (this) {
                wait(5);
            }
        }
    }
}
