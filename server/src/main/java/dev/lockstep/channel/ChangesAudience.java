package dev.lockstep.channel;

/// Those who hear the same bindings of `postgres_changes`, and what the change at hand means to
/// them. The fan-out thread's.
final class ChangesAudience extends LogAudience {
    final Spec.Changes spec;
    final ChangesFrames frames;

    /// By the place of each term: whether the change at hand concerns it.
    final boolean[] hits;

    boolean touched;
    private long transaction;
    private int framesSaid;

    ChangesAudience(Spec.Changes spec, Overflow overflow) {
        super(overflow);
        this.spec = spec;
        this.frames = new ChangesFrames(spec);
        this.hits = new boolean[spec.terms().size()];
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
