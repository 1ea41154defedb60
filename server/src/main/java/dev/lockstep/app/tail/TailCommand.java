package dev.lockstep.app.tail;

import dev.lockstep.app.CommandFailure;
import dev.lockstep.app.demo.ConnectionFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "tail",
        description = "Prints a table's changes as they are committed, one line each.",
        footer = {
            "",
            "It speaks to a running server as any client does, and after a broken connection",
            "goes on where it was. Without --url it asks the demo that runs in --data.",
            "",
            "Examples:",
            "  lockstep tail orders",
            "  lockstep tail orders --where 'status=in.(pending,ready)&total=gt.100'",
            "  lockstep tail audit.log --raw --json | jq ."
        })
public final class TailCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "TABLE", description = "table or schema.table")
    private String table = "";

    @Option(
            names = "--where",
            paramLabel = "FILTER",
            description =
                    "Only rows for which this holds: column=operator.value, joined by & (with"
                            + " --raw, by commas).")
    private @Nullable String where;

    @Option(names = "--json", description = "One JSON object per change, nothing shortened.")
    private boolean json;

    @Option(
            names = "--raw",
            description =
                    "Plain row changes as supabase-js gets them: also from tables without a key or"
                            + " full replica identity, but what happens while the connection is"
                            + " broken is missed.")
    private boolean raw;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server, such as http://127.0.0.1:8620.")
    private @Nullable String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "What speaks for you there: an API key or a token (see: lockstep token).")
    private @Nullable String key;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".lockstep",
            description = "The demo's data folder.")
    private Path data = Path.of(".lockstep");

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        TailPrinter printer = new TailPrinter(ZoneId.systemDefault());
        Optional<ConnectionFile> demo = ConnectionFile.read(data);
        TailQuestion question =
                new TailQuestion(
                        table,
                        Optional.ofNullable(where),
                        raw ? TailQuestion.Mode.RAW : TailQuestion.Mode.FEED);
        new Tail(
                        client(demo),
                        server(demo),
                        question,
                        new Tail.Output(
                                change -> {
                                    out.println(
                                            json
                                                    ? printer.json(change, table)
                                                    : printer.line(change));
                                    out.flush();
                                },
                                note -> {
                                    err.println("# " + note);
                                    err.flush();
                                }),
                        InstantSource.system(),
                        RandomGenerator.getDefault())
                .run();
        return 0;
    }

    private Tail.Server server(Optional<ConnectionFile> demo) {
        String place =
                Optional.ofNullable(url)
                        .or(() -> demo.map(ConnectionFile::url))
                        .orElseThrow(() ->
                                new CommandFailure(
                                        "No demo runs in "
                                                + data
                                                + ". Start one with `lockstep demo`, or"
                                                + " name a server with --url and --key."));
        String speaker =
                Optional.ofNullable(key)
                        .or(() -> demo.map(ConnectionFile::serviceRoleKey))
                        .orElseThrow(() ->
                                new CommandFailure(
                                        "Give --key as well: an API key of that server, or"
                                                + " a token."));
        return new Tail.Server(place.replaceFirst("/+$", ""), speaker);
    }

    /// A demo with `--lan` has a certificate of its own authority.
    private static HttpClient client(Optional<ConnectionFile> demo) {
        Optional<Path> authority = demo.flatMap(ConnectionFile::caCertificate);
        if (authority.isEmpty()) {
            return HttpClient.newHttpClient();
        }
        try (InputStream in = Files.newInputStream(authority.get())) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "demo", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return HttpClient.newBuilder().sslContext(context).build();
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure(
                    "The demo's certificate " + authority.get() + " cannot be read.", e);
        }
    }
}
