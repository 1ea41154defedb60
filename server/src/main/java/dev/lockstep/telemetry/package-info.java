/// What is counted and measured, under which name. [dev.lockstep.telemetry.Metric] is the list of
/// all names; [dev.lockstep.telemetry.Telemetry] holds the registry. Part of the ground: uses
/// nothing of ours. Any thread.
@NullMarked
package dev.lockstep.telemetry;

import org.jspecify.annotations.NullMarked;
