/// Files beside the rows: `/storage/v1`. [StorageApi] is the entry. The bytes lie in a
/// [dev.lockstep.storage.blob.BlobStore] under random ids; names, rights and everything else are
/// rows of `storage.objects`, read and written as whoever asks. Stateless: any number of virtual
/// threads. Uses `postgres` for the rows and `auth` for who asks.
@NullMarked
package dev.lockstep.storage;

import org.jspecify.annotations.NullMarked;
