package dev.lockstep.cache;

/// What was asked, by which role, under which definitions. Two that are equal are answered from the
/// same rows, but for the claims of who asks.
///
/// @param text all of the request that counts, in one canonical form
/// @param generation of the definitions that the asker looked at; another is another question
public record Question(String role, long generation, String text) {}
