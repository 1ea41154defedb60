package dev.lockstep.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.core.Column;
import dev.lockstep.core.TableName;
import dev.lockstep.postgres.Catalogue;
import dev.lockstep.postgres.Policy;
import dev.lockstep.postgres.Table;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A hash of the definitions behind a role's sight of a table. Computed from texts in one order, so
/// that another run of the server finds the same.
final class Basis {
    private Basis() {}

    static long of(Catalogue catalogue, Table table, String role) {
        if (!table.security().binds(role)) {
            return 1;
        }
        MessageDigest digest = digest();
        own(digest, table, role);
        for (Column column : table.relation().columns()) {
            add(digest, column.name(), column.type().oid() + " " + column.collation());
        }
        Sight sight = new Sight(catalogue, role);
        for (TableName other : sight.ofPolicies(table).tables) {
            catalogue.table(other).ifPresent(behind -> own(digest, behind, role));
        }
        new TreeMap<>(sight.sources()).forEach((name, source) -> add(digest, name, source));
        byte[] hash = digest.digest();
        long basis = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            basis = basis << 8 | (hash[i] & 0xFF);
        }
        return basis;
    }

    private static void own(MessageDigest digest, Table table, String role) {
        add(digest, table.relation().name().toString(), String.valueOf(table.relation().oid()));
        add(digest, table.security().binds(role) ? "bound" : "free");
        add(digest, new TreeSet<>(table.readable().getOrDefault(role, Set.of())).toString());
        for (Policy policy : table.security().policies()) {
            if (policy.roles().contains(role)) {
                add(digest, policy.permissive() ? "permissive" : "restrictive", policy.text());
            }
        }
    }

    private static void add(MessageDigest digest, String... parts) {
        for (String part : parts) {
            byte[] bytes = part.getBytes(UTF_8);
            digest.update(Integer.toString(bytes.length).getBytes(UTF_8));
            digest.update((byte) ':');
            digest.update(bytes);
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
