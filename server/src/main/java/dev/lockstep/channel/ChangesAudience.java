package dev.lockstep.channel;

/// Those who hear the same bindings of `postgres_changes`, and what the change at hand means to
/// them. The fan-out thread's.
final class ChangesAudience extends LogAudience {
    final Spec.Changes spec;
    final ChangesFrames frames;

    /// What the change at hand means to each term.
    final Hits hits;

    boolean touched;
    private long transaction;
    private int framesSaid;

    /// @param frames shared with all who are told the same
    ChangesAudience(Spec.Changes spec, ChangesFrames frames, Overflow overflow) {
        super(overflow);
        this.spec = spec;
        this.frames = frames;
        this.hits = new Hits(spec.terms().size());
    }

    /// How many frames of this transaction came before the next one.
    int nextFrameOf(long transaction) {
        if (this.transaction != transaction) {
            this.transaction = transaction;
            framesSaid = 0;
        }
        return framesSaid++;
    }

    @Override
    Spec spec() {
        return spec;
    }
}
