package dev.lockstep.replication;

/// Which life of the log positions belong to: another server, timeline or slot is another epoch.
public record Epoch(String systemIdentifier, int timeline, long slotGeneration) {}
