package dev.lockstep.app.demo;

import dev.lockstep.app.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Which port a demo listens on. Without a wish it is the one of the last time, since browsers
/// still look there, or 8620, or the next one that is free.
///
/// @param taken the port that would have been it, where somebody else has it
record Ports(int port, OptionalInt taken) {
    static final int USUAL = 8620;
    private static final int TRIED = 100;

    /// @param remembered file with the port of the last time
    static Ports choose(OptionalInt wish, String host, Path remembered) throws IOException {
        if (wish.isPresent()) {
            int port = wish.getAsInt();
            if (port != 0 && !free(host, port)) {
                throw new CommandFailure(
                        "Port "
                                + port
                                + " is taken by another program. Choose another with --port, or"
                                + " leave --port out to get a free one.");
            }
            return new Ports(port, OptionalInt.empty());
        }
        int usual = last(remembered);
        if (free(host, usual)) {
            return new Ports(usual, OptionalInt.empty());
        }
        int other =
                IntStream.range(USUAL, USUAL + TRIED)
                        .filter(port -> free(host, port))
                        .findFirst()
                        .orElse(0);
        return new Ports(other, OptionalInt.of(usual));
    }

    private static int last(Path remembered) throws IOException {
        if (!Files.exists(remembered)) {
            return USUAL;
        }
        try {
            int port = Integer.parseInt(Files.readString(remembered).strip());
            return port > 0 && port <= 65_535 ? port : USUAL;
        } catch (NumberFormatException _) {
            return USUAL;
        }
    }

    private static boolean free(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
