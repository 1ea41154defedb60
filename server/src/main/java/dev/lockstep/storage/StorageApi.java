package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import dev.lockstep.postgres.Database;
import dev.lockstep.storage.blob.BlobStore;
import java.time.InstantSource;
import java.util.List;

/// Everything below `/storage/v1`: which of its addresses is meant, and who asks.
public final class StorageApi {
    /// What is served elsewhere and not here, by the first part of its address.
    private static final List<String> ELSEWHERE =
            List.of("render", "upload", "vector", "iceberg", "cdn", "s3");

    private final Visitors visitors;
    private final Buckets buckets;
    private final Files files;
    private final Shares shares;
    private final Uploads uploads;
    private final Signatures signatures;
    private final Sweep sweep;

    /// @param secret of this database, never told
    public StorageApi(
            StorageConfig config,
            Database database,
            BlobStore blobs,
            Visitors visitors,
            byte[] secret,
            InstantSource clock) {
        Rows rows = new Rows(database);
        Objects objects = new Objects(rows);
        Ownership ownership = new Ownership(blobs, Signatures.fingerprint(secret));
        this.visitors = visitors;
        this.buckets = new Buckets(rows, config);
        this.files = new Files(rows, buckets, objects, blobs);
        this.signatures = new Signatures(secret, clock);
        this.shares = new Shares(signatures, buckets, objects, clock);
        this.uploads = new Uploads(buckets, objects, blobs, ownership, clock);
        this.sweep = new Sweep(blobs, objects, ownership, config.orphanAge(), clock);
    }

    /// Drops bytes that no row names; at the start, and now and then.
    ///
    /// @return how many were dropped
    public int sweep() {
        return sweep.run();
    }

    /// Refusals are answers too.
    ///
    /// @throws dev.lockstep.error.FailureException when it is not about the request
    public StorageAnswer answer(StorageRequest request) {
        try {
            return answered(request);
        } catch (StorageException e) {
            return refusal(e.error());
        }
    }

    /// What passes by itself says when to come back.
    private static StorageAnswer refusal(StorageError error) {
        StorageAnswer.Text answer = StorageAnswer.Text.json(error.status(), Json.error(error));
        return error.status() == 503
                ? answer.with("retry-after", Long.toString(StorageError.SOON.toSeconds()))
                : answer;
    }

    private StorageAnswer answered(StorageRequest request) {
        List<String> path = request.path();
        String area = path.isEmpty() ? "" : path.getFirst();
        if (area.equals("bucket") && path.size() <= 3) {
            return bucket(request, visitors.caller(request));
        }
        if (area.equals("object") && path.size() > 1) {
            return object(request);
        }
        if (ELSEWHERE.contains(area)) {
            throw StorageError.notServed("/storage/v1/" + area);
        }
        throw nowhere(request);
    }

    private StorageAnswer bucket(StorageRequest request, Caller caller) {
        String id = request.rest(1);
        if (id.isEmpty()) {
            return switch (request.method()) {
                case "GET" -> buckets.list(caller, request);
                case "POST" -> buckets.create(caller, Json.body(request));
                default -> throw nowhere(request);
            };
        }
        if (request.path().size() == 3) {
            if (request.method().equals("POST") && request.path().getLast().equals("empty")) {
                return files.empty(caller, request.path().get(1));
            }
            throw nowhere(request);
        }
        return switch (request.method()) {
            case "GET", "HEAD" -> buckets.get(caller, id);
            case "PUT" -> buckets.update(caller, id, Json.body(request));
            case "DELETE" -> buckets.delete(caller, id);
            default -> throw nowhere(request);
        };
    }

    private StorageAnswer object(StorageRequest request) {
        String verb = request.path().get(1);
        return switch (verb) {
            case "public" ->
                    request.isRead() ? files.open(at(request, 2), request) : elsewhere(request);
            case "info" -> info(request);
            case "authenticated" -> download(request, at(request, 2));
            case "sign" -> sign(request);
            case "upload" -> signedUpload(request);
            case "list", "list-v2", "move", "copy" -> command(request, verb);
            default -> plain(request);
        };
    }

    private StorageAnswer info(StorageRequest request) {
        String kind = request.path().size() > 2 ? request.path().get(2) : "";
        if (!request.isRead()) {
            throw nowhere(request);
        }
        return switch (kind) {
            case "public" -> files.openInfo(at(request, 3));
            case "authenticated" -> files.info(visitors.caller(request), at(request, 3));
            default -> files.info(visitors.caller(request), at(request, 2));
        };
    }

    private StorageAnswer download(StorageRequest request, Place place) {
        if (!request.isRead()) {
            throw nowhere(request);
        }
        return files.download(visitors.caller(request), place, request);
    }

    private StorageAnswer sign(StorageRequest request) {
        if (request.isRead()) {
            Place place = at(request, 2);
            granted(request, place, Signatures.Kind.DOWNLOAD);
            return files.download(Visitors.SERVICE, place, request);
        }
        if (!request.method().equals("POST") || request.path().size() < 3) {
            throw nowhere(request);
        }
        Caller caller = visitors.caller(request);
        if (request.path().size() == 3) {
            return shares.several(caller, request.path().get(2), Json.body(request));
        }
        Place place = at(request, 2);
        return shares.one(caller, place.bucket(), place.name(), Json.body(request));
    }

    private StorageAnswer signedUpload(StorageRequest request) {
        if (request.path().size() < 5 || !request.path().get(2).equals("sign")) {
            throw nowhere(request);
        }
        Place place = at(request, 3);
        return switch (request.method()) {
            case "POST" ->
                    shares.upload(
                            visitors.caller(request),
                            place.bucket(),
                            place.name(),
                            upsert(request));
            case "PUT" -> {
                Signatures.Grant grant =
                        granted(request, place, Signatures.Kind.UPLOAD, Signatures.Kind.REPLACE);
                yield uploads.take(
                        new Uploads.Sender(Visitors.SERVICE, grant.owner()),
                        place.bucket(),
                        place.name(),
                        grant.kind() == Signatures.Kind.REPLACE,
                        request);
            }
            default -> throw nowhere(request);
        };
    }

    private Signatures.Grant granted(
            StorageRequest request, Place place, Signatures.Kind... kinds) {
        String token =
                request.query("token")
                        .orElseThrow(() ->
                                StorageError.invalid("InvalidJWT", "The address has no token"));
        Signatures.Grant grant = signatures.verify(token, place.bucket(), place.name());
        if (!List.of(kinds).contains(grant.kind())) {
            throw StorageError.invalid("InvalidJWT", "The token allows something else");
        }
        return grant;
    }

    private StorageAnswer command(StorageRequest request, String verb) {
        if (!request.method().equals("POST")) {
            throw nowhere(request);
        }
        Caller caller = visitors.caller(request);
        return switch (verb) {
            case "list" -> files.list(caller, request.rest(2), Json.body(request));
            case "move" -> files.move(caller, Json.body(request));
            case "copy" -> files.copy(caller, Json.body(request), upsert(request));
            default -> throw StorageError.notServed("/storage/v1/object/" + verb);
        };
    }

    private StorageAnswer plain(StorageRequest request) {
        if (request.path().size() == 2) {
            if (request.method().equals("DELETE")) {
                return files.remove(
                        visitors.caller(request), request.path().get(1), Json.body(request));
            }
            throw nowhere(request);
        }
        Place place = at(request, 1);
        return switch (request.method()) {
            case "GET", "HEAD" -> download(request, place);
            case "POST" -> upload(request, place, upsert(request));
            case "PUT" -> upload(request, place, true);
            case "DELETE" -> files.removeOne(visitors.caller(request), place);
            default -> throw nowhere(request);
        };
    }

    private StorageAnswer upload(StorageRequest request, Place place, boolean upsert) {
        Caller caller = visitors.caller(request);
        return uploads.take(
                new Uploads.Sender(caller, caller.subject()),
                place.bucket(),
                place.name(),
                upsert,
                request);
    }

    private static boolean upsert(StorageRequest request) {
        return request.header("x-upsert").filter("true"::equals).isPresent();
    }

    private static Place at(StorageRequest request, int from) {
        if (request.path().size() < from + 2) {
            throw nowhere(request);
        }
        return new Place(request.path().get(from), request.rest(from + 1));
    }

    private static StorageAnswer elsewhere(StorageRequest request) {
        throw nowhere(request);
    }

    private static StorageException nowhere(StorageRequest request) {
        return new StorageError(
                        404,
                        "not_found",
                        "Route " + request.method() + " here is not part of the storage API")
                .thrown();
    }
}
