/// Where the bytes of files lie: a folder, or a bucket of an S3-compatible store. Bytes that are
/// kept never change. Any thread.
@NullMarked
package dev.lockstep.storage.blob;

import org.jspecify.annotations.NullMarked;
