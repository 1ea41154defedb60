package dev.lockstep.postgres;

import dev.lockstep.core.Identity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// On whose behalf a transaction runs: role and claims where `auth.uid()` and others read them.
///
/// @param subject the claim `sub`, or empty
/// @param headersJson the request's `x-` headers as a JSON object
public record Caller(String role, String subject, String claimsJson, String headersJson) {
    /// Sets everything in one round trip, until the transaction ends.
    private static final String ENTER =
            "select set_config('role', ?, true), set_config('request.jwt.claims', ?, true),"
                    + " set_config('request.jwt.claim.sub', ?, true),"
                    + " set_config('request.jwt.claim.role', ?, true),"
                    + " set_config('request.headers', ?, true)";

    public static Caller of(Identity identity, String headersJson) {
        return new Caller(
                identity.role(),
                identity.claims().get("sub") instanceof String sub ? sub : "",
                identity.claimsJson(),
                headersJson);
    }

    /// From here to the end of its transaction the connection acts as this caller.
    public void enter(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ENTER)) {
            statement.setString(1, role);
            statement.setString(2, claimsJson);
            statement.setString(3, subject);
            statement.setString(4, role);
            statement.setString(5, headersJson);
            try (ResultSet _ = statement.executeQuery()) {
                return;
            }
        }
    }

    @Override
    public String toString() {
        return "Caller[" + role + "]";
    }
}
