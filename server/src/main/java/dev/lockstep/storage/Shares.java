package dev.lockstep.storage;

import dev.lockstep.postgres.Caller;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Signs addresses for callers who may do themselves what the address allows.
final class Shares {
    private static final long MAX_SECONDS = 10L * 366 * 24 * 3600;
    private static final int UPLOAD_SECONDS = 2 * 3600;
    private static final int MAX_NAMES = 1000;

    private final Signatures signatures;
    private final Buckets buckets;
    private final Objects objects;
    private final InstantSource clock;

    Shares(Signatures signatures, Buckets buckets, Objects objects, InstantSource clock) {
        this.signatures = signatures;
        this.buckets = buckets;
        this.objects = objects;
        this.clock = clock;
    }

    StorageAnswer one(Caller caller, String bucket, String name, JsonNode body) {
        if (body.path("transform").isObject()) {
            throw StorageError.notServed("Image transformation");
        }
        long seconds = seconds(body);
        buckets.need(bucket);
        if (objects.seen(caller, "storage.object.sign", bucket, List.of(name)).isEmpty()) {
            throw StorageError.noObject();
        }
        String place = signed(bucket, name, seconds);
        return StorageAnswer.Text.json(200, Json.write(Map.of("signedURL", place)));
    }

    StorageAnswer several(Caller caller, String bucket, JsonNode body) {
        long seconds = seconds(body);
        List<String> names = Json.texts(body, "paths", MAX_NAMES);
        buckets.need(bucket);
        Set<String> seen = objects.seen(caller, "storage.object.sign_many", bucket, names);
        List<Map<String, Object>> all = new ArrayList<>();
        for (String name : names) {
            Map<String, Object> said = new LinkedHashMap<>();
            boolean isThere = seen.contains(name);
            said.put(
                    "error",
                    isThere
                            ? null
                            : "Either the object does not exist or you do not have access to it");
            said.put("path", name);
            said.put("signedURL", isThere ? signed(bucket, name, seconds) : null);
            all.add(said);
        }
        return StorageAnswer.Text.json(200, Json.write(all));
    }

    private String signed(String bucket, String name, long seconds) {
        String token =
                signatures.sign(
                        new Signatures.Grant(Signatures.Kind.DOWNLOAD, ""),
                        bucket,
                        name,
                        clock.instant().plusSeconds(seconds));
        return "/object/sign/" + bucket + "/" + name + "?token=" + token;
    }

    private static long seconds(JsonNode body) {
        if (!body.has("expiresIn")) {
            throw StorageError.invalid("InvalidRequest", "body must have the number 'expiresIn'");
        }
        return Json.number(body, "expiresIn", 0, 1, MAX_SECONDS);
    }

    StorageAnswer upload(Caller caller, String bucket, String name, boolean upsert) {
        buckets.need(bucket);
        Names.object(name);
        objects.rehearse(
                caller,
                "storage.object.upload_signed",
                new Objects.Entry(
                        UUID.randomUUID(),
                        bucket,
                        name,
                        caller.subject(),
                        "{}",
                        Optional.empty(),
                        UUID.randomUUID().toString()),
                upsert);
        Signatures.Kind kind = upsert ? Signatures.Kind.REPLACE : Signatures.Kind.UPLOAD;
        String token =
                signatures.sign(
                        new Signatures.Grant(kind, caller.subject()),
                        bucket,
                        name,
                        clock.instant().plusSeconds(UPLOAD_SECONDS));
        return StorageAnswer.Text.json(
                200,
                Json.write(
                        Map.of(
                                "url",
                                "/object/upload/sign/" + bucket + "/" + name + "?token=" + token,
                                "token",
                                token)));
    }
}
