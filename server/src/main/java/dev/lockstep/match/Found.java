package dev.lockstep.match;

import org.jspecify.annotations.Nullable;

/// What stands in one place of the index: a posting, several, or many with spans to choose by. The
/// small forms grow into the large ones, so that a place with one posting costs nothing more.
sealed interface Found<F> permits Posting, PostingList, Bucket {
    /// Tests all that may concern the change. Hot.
    void visit(Probe<F> probe);

    /// @return what stands here now
    Found<F> with(Posting<F> posting);

    /// @return what stands here now; null for nothing
    @Nullable Found<F> without(Posting<F> posting);

    int size();
}
