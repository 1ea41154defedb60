package dev.lockstep.channel;

import dev.lockstep.core.Lsn;
import dev.lockstep.wire.Frame;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The members whose connections belong to one event loop. Everything here but [#post] runs on that
/// loop. Hot: one piece of bytes per delivery, one flush per connection and batch.
final class Lane {
    private final Loop loop;
    private final long outboxBytes;
    private final Map<Audience, List<Seat>> rosters = new IdentityHashMap<>();
    private final List<Member> touched = new ArrayList<>();

    Lane(Loop loop, long outboxBytes) {
        this.loop = loop;
        this.outboxBytes = outboxBytes;
    }

    Loop loop() {
        return loop;
    }

    /// Carries the commands out on the loop, in order; any thread.
    void post(List<LaneCommand> commands) {
        loop.execute(() -> run(commands));
    }

    private void run(List<LaneCommand> commands) {
        for (LaneCommand command : commands) {
            switch (command) {
                case LaneCommand.Take(var seat, var audience, var first) ->
                        take(seat, audience, first);
                case LaneCommand.Drop(var seat, var audience) -> drop(seat, audience);
                case LaneCommand.Deliver deliver -> deliver(deliver);
                case LaneCommand.Tell tell -> tell(tell);
                case LaneCommand.Release(var seat, var audience, var reason, var position) ->
                        release(seat, audience, reason, position);
                case LaneCommand.Dismiss(var audience, var reason, var position) ->
                        dismiss(audience, reason, position);
            }
        }
        for (Member member : touched) {
            member.flush();
        }
        touched.clear();
    }

    private void take(Seat seat, Audience audience, List<Frame> first) {
        if (seat.isClosed()) {
            return;
        }
        if (!first.isEmpty()) {
            Loop.Prepared piece = loop.prepare(first);
            write(seat, piece);
            piece.release();
        }
        List<Seat> roster = rosters.computeIfAbsent(audience, _ -> new ArrayList<>());
        seat.index = roster.size();
        roster.add(seat);
        seat.member().seated(seat);
    }

    /// On the loop: the seat hears nothing more.
    void drop(Seat seat, Audience audience) {
        List<Seat> roster = rosters.get(audience);
        if (roster == null || seat.index < 0) {
            return;
        }
        Seat last = roster.removeLast();
        if (last != seat) {
            roster.set(seat.index, last);
            last.index = seat.index;
        }
        seat.index = -1;
        if (roster.isEmpty()) {
            rosters.remove(audience);
        }
    }

    private void deliver(LaneCommand.Deliver deliver) {
        Loop.Prepared piece = loop.prepare(deliver.frames());
        write(piece, deliver.audience(), deliver.position(), deliver.except());
        piece.release();
    }

    private void tell(LaneCommand.Tell tell) {
        Loop.Prepared piece = loop.prepare(tell.frames());
        for (int i = 0; i < tell.audiences().size(); i++) {
            write(piece, tell.audiences().get(i), tell.position(), null);
        }
        piece.release();
    }

    private void write(
            Loop.Prepared piece,
            Audience audience,
            @Nullable Position position,
            @Nullable Seat except) {
        List<Seat> roster = rosters.get(audience);
        if (roster == null) {
            return;
        }
        // Backwards, because a member that overflows leaves by swapping with the last.
        for (int i = roster.size() - 1; i >= 0; i--) {
            Seat seat = roster.get(i);
            // A closed seat's member was told that it is over: nothing may follow that.
            if (seat == except || seat.isClosed()) {
                continue;
            }
            if (seat.isRecalled() || seat.member().outbox().pendingBytes() > outboxBytes) {
                audience.overflow().missed(audience, seat, position);
            } else {
                write(seat, piece);
            }
        }
    }

    private void release(Seat seat, Audience audience, Dismissal reason, Lsn position) {
        if (seat.index >= 0) {
            drop(seat, audience);
            seat.member().dismissed(seat, reason, Position.after(position));
        }
    }

    private void dismiss(Audience audience, Dismissal reason, Lsn position) {
        List<Seat> roster = rosters.remove(audience);
        if (roster == null) {
            return;
        }
        for (Seat seat : roster) {
            seat.index = -1;
            seat.member().dismissed(seat, reason, Position.after(position));
        }
    }

    private void write(Seat seat, Loop.Prepared piece) {
        Member member = seat.member();
        member.outbox().write(piece);
        if (member.touch()) {
            touched.add(member);
        }
    }
}
