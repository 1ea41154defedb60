package dev.lockstep.app.tail;

import dev.lockstep.app.CommandFailure;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Watches one table over our own wire, and comes back after every broken connection. One thread.
final class Tail {
    private static final Duration HEARTBEAT = Duration.ofSeconds(20);
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final String url;
    private final String key;
    private final TailQuestion question;
    private final Consumer<TailEvent.RowChanged> rows;
    private final Consumer<String> notes;
    private final InstantSource clock;
    private final RandomGenerator random;

    private Optional<String> since = Optional.empty();
    private int attempts;
    private boolean everJoined;

    Tail(
            HttpClient client,
            Server server,
            TailQuestion question,
            Output output,
            InstantSource clock,
            RandomGenerator random) {
        this.client = client;
        this.url = server.url();
        this.key = server.key();
        this.question = question;
        this.rows = output.rows();
        this.notes = output.notes();
        this.clock = clock;
        this.random = random;
    }

    /// Where the server is and what speaks for us.
    record Server(String url, String key) {
        @Override
        public String toString() {
            return "Server[" + url + "]";
        }
    }

    /// Where changes go, and where words about the connection go.
    record Output(Consumer<TailEvent.RowChanged> rows, Consumer<String> notes) {}

    /// Runs until the thread is interrupted.
    ///
    /// @throws CommandFailure when the server refuses, or is not there at the first attempt
    void run() throws InterruptedException {
        while (true) {
            try (TailConnection connection = TailConnection.open(client, url, key)) {
                connection.send(question.join(key, since));
                notes.accept(follow(connection));
            } catch (TailConnection.Unreachable e) {
                if (e.lasting() || !everJoined && attempts == 0) {
                    throw new CommandFailure(
                            "There is no Lockstep server at " + url + ": " + e.getMessage() + ".",
                            e);
                }
            }
            Thread.sleep(pause());
        }
    }

    /// Reads until the connection ends; answers why.
    private String follow(TailConnection connection) throws InterruptedException {
        Instant heard = clock.instant();
        long heartbeats = 0;
        while (true) {
            Optional<String> frame = connection.next(HEARTBEAT);
            if (frame.isEmpty()) {
                if (Duration.between(heard, clock.instant()).compareTo(HEARTBEAT.multipliedBy(2))
                        > 0) {
                    return "the server is silent; connecting again";
                }
                connection.send(TailQuestion.heartbeat(heartbeats++));
                continue;
            }
            if (frame.get().isEmpty()) {
                return "the connection broke; connecting again";
            }
            heard = clock.instant();
            for (TailEvent event : question.read(frame.get())) {
                Optional<String> end = take(event);
                if (end.isPresent()) {
                    return end.get();
                }
            }
        }
    }

    /// Answers why the connection is of no more use, if it is not.
    private Optional<String> take(TailEvent event) {
        switch (event) {
            case TailEvent.Joined _ -> {
                notes.accept(
                        everJoined
                                ? "live again"
                                        + (since.isPresent() ? ", nothing missed so far" : "")
                                : "live; waiting for changes of " + question.table());
                everJoined = true;
                attempts = 0;
            }
            case TailEvent.Refused(var reason, var hint) -> throw refused(reason, hint);
            case TailEvent.RowChanged change -> rows.accept(change);
            case TailEvent.Afresh(var reason) ->
                    notes.accept(
                            "loaded afresh (" + reason + "): changes before this may be missing");
            case TailEvent.Progress(var token) -> since = Optional.of(token);
            case TailEvent.Ended(var words) -> {
                return Optional.of(words + "; connecting again");
            }
            case TailEvent.HeartbeatAnswered _ -> {}
        }
        return Optional.empty();
    }

    private CommandFailure refused(String reason, String hint) {
        String more = hint.isEmpty() || reason.contains(hint) ? "" : "\n  " + hint;
        String other =
                switch (question.mode()) {
                    case FEED -> "\n  (--raw follows tables that cannot be live feeds.)";
                    case RAW -> "";
                };
        return new CommandFailure("The server refuses: " + reason + more + other);
    }

    private Duration pause() {
        long full =
                Math.min(
                        LONGEST_WAIT.toMillis(), FIRST_WAIT.toMillis() << Math.min(attempts++, 10));
        return Duration.ofMillis(full / 2 + random.nextLong(full / 2 + 1));
    }
}
