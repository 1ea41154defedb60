package dev.lockstep.config;

/// A setting's text as somebody gave it.
///
/// @param origin where, for `--print-config`: `file lockstep.properties`, `environment LOCKSTEP_X`
record Given(String text, String origin) {}
