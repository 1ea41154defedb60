package dev.lockstep.app.demo;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Under which addresses this machine can be reached.
///
/// @param primary the one to show; nothing when there is no network
/// @param all those a certificate must name, loopback included
record LanAddresses(Optional<String> primary, List<String> all) {
    LanAddresses {
        all = List.copyOf(all);
    }

    static LanAddresses find() throws IOException {
        List<String> others = new ArrayList<>();
        for (NetworkInterface card : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            if (card.isUp() && !card.isLoopback()) {
                Collections.list(card.getInetAddresses()).stream()
                        .filter(address -> address instanceof Inet4Address)
                        .filter(address -> !address.isLinkLocalAddress())
                        .map(InetAddress::getHostAddress)
                        .forEach(others::add);
            }
        }
        Collections.sort(others);
        List<String> all = new ArrayList<>(List.of("127.0.0.1"));
        all.addAll(others);
        return new LanAddresses(
                outgoing().filter(others::contains).or(() -> others.stream().findFirst()), all);
    }

    /// The address from which this machine speaks to the world. Connecting a datagram socket asks
    /// the routing table and sends nothing.
    private static Optional<String> outgoing() {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress("192.0.2.1", 9));
            return Optional.of(socket.getLocalAddress().getHostAddress());
        } catch (SocketException | java.io.UncheckedIOException _) {
            return Optional.empty();
        }
    }
}
