/// From a token or an API key to an `Identity`: keys, their rotation, and what makes a token count.
/// [TokenVerifier] reads tokens, [TokenMaker] mints them. Owns the key ring and a bounded cache of
/// verified tokens, both guarded; any thread may ask, but one that may wait, because keys can come
/// from a server. Uses ground.
@NullMarked
package dev.lockstep.auth;

import org.jspecify.annotations.NullMarked;
