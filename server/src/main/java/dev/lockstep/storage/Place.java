package dev.lockstep.storage;

/// Where a file lies, as an address says it.
record Place(String bucket, String name) {}
