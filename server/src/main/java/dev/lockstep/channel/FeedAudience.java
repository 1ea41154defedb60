package dev.lockstep.channel;

import dev.lockstep.wire.Envelope;

/// Those who hear the same live feed under the same topic and id. The fan-out thread's.
final class FeedAudience extends LogAudience {
    final Spec.Feed spec;
    final Envelope envelope;

    FeedAudience(Spec.Feed spec, Overflow overflow) {
        super(overflow);
        this.spec = spec;
        this.envelope = spec.codec().envelope(spec.topic(), "feed");
    }

    @Override
    Spec spec() {
        return spec;
    }
}
