package dev.lockstep.cache;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A query that is under way, for who asks the same.
///
/// @param began before its snapshot was taken ([System#nanoTime])
record Flight<A>(long began, CompletableFuture<Optional<A>> outcome) {
    Flight(long began) {
        this(began, new CompletableFuture<>());
    }

    /// The first word counts.
    void end(Optional<A> answer) {
        outcome.complete(answer);
    }

    /// Waits for the end.
    ///
    /// @return false when that took too long
    boolean ended(Duration patience) {
        await(patience);
        return outcome.isDone();
    }

    /// What came of it; empty where that is not for others, or took too long.
    Optional<A> result(Duration patience) {
        await(patience);
        return outcome.getNow(Optional.empty());
    }

    private void await(Duration patience) {
        try {
            outcome.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException _) {
            // Never completed with an exception; who waited too long asks for himself.
        }
    }
}
