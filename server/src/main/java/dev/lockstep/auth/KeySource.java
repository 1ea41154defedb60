package dev.lockstep.auth;

/// Where the keys come from. Calls may wait for a server, with a bound.
sealed interface KeySource permits KeySource.Fixed, RemoteKeys {
    KeyRing keys();

    /// For a token whose key is not in the ring: a newer ring if there is one.
    KeyRing newerThan(KeyRing ring);

    /// Keys that were read once.
    record Fixed(KeyRing keys) implements KeySource {
        @Override
        public KeyRing newerThan(KeyRing ring) {
            return keys;
        }
    }
}
