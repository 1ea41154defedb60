/// Journeys: what a person sees and does in a real browser, against a real server with its real
/// database. One server for each class of tests; a fresh profile for each page.
@NullMarked
package dev.lockstep.e2e;

import org.jspecify.annotations.NullMarked;
