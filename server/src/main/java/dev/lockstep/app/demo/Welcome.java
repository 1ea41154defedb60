package dev.lockstep.app.demo;

import dev.lockstep.app.demo.DemoOptions.Contents;
import java.nio.file.Path;

/// What somebody reads who has just started a demo. Secrets are shown on a terminal, whose owner
/// asked for them; what is piped away into a log names the file instead.
final class Welcome {
    private Welcome() {}

    static String of(Demo.Started started, DemoOptions options, Path folder, boolean terminal) {
        ConnectionFile connection = started.connection();
        Path file = folder.resolve(ConnectionFile.NAME);
        StringBuilder out = new StringBuilder("\n");
        started.taken()
                .ifPresent(port ->
                        out.append(
                                "  Port %d is taken by another program, so this demo has one of its own.%n%n"
                                        .formatted(port)));
        line(out, "Open", connection.url());
        line(
                out,
                "Accounts",
                options.reach() == DemoOptions.Reach.LOCAL_NETWORK
                        ? "none yet, and people can be picked only without --lan: use the keys"
                        : "none yet: pick one of the people on the page");
        if (terminal) {
            line(out, "Keys", "anon          " + connection.anonKey());
            line(out, "", "service_role  " + connection.serviceRoleKey());
            line(out, "", "JWT secret    " + connection.jwtSecret());
            line(out, "", "The last two are secret: they open everything in this demo.");
            line(out, "Database", connection.adminDatabaseUrl());
        } else {
            line(out, "Keys", "in " + file);
        }
        line(out, "Programs", "read " + file);
        started.lan().ifPresent(lan -> network(out, lan));
        out.append('\n').append(hint(options, connection, file, terminal)).append('\n');
        return out.toString();
    }

    private static void network(StringBuilder out, Demo.Lan lan) {
        out.append('\n');
        line(out, "Network", lan.url());
        out.append('\n').append(QrCode.render(lan.url()));
        out.append(
                """

                  The certificate is this demo's own, so each device warns once. To make it trust
                  the demo for good, open %s/demo/ca.crt there,
                    iPhone, iPad:  Settings, Profile Downloaded, Install; then General, About,
                                   Certificate Trust Settings
                    Android:       Settings, Security, Install a certificate, CA certificate
                  and compare its SHA-256 fingerprint:
                    %s
                    %s
                """
                        .formatted(
                                lan.url(),
                                lan.fingerprint().substring(0, 48),
                                lan.fingerprint().substring(48)));
    }

    private static String hint(
            DemoOptions options, ConnectionFile connection, Path file, boolean terminal) {
        if (options.contents() == Contents.SCHEMAS_ONLY) {
            return """
              Next      create a table, ALTER TABLE … REPLICA IDENTITY FULL, grant SELECT on it,
                        and ALTER PUBLICATION supabase_realtime ADD TABLE …
            """;
        }
        String database =
                terminal
                        ? connection.adminDatabaseUrl()
                        : "$(jq -r .adminDatabaseUrl " + file + ")";
        return """
          Try       in a second terminal:  ./lockstep tail orders
                    in a third:            psql '%s'
                      update orders set status = 'ready' where status = 'preparing';
        """
                .formatted(database)
                .replace("'$(", "\"$(")
                .replace(")'\n", ")\"\n");
    }

    private static void line(StringBuilder out, String label, String text) {
        out.append("  %-9s %s%n".formatted(label, text));
    }
}
