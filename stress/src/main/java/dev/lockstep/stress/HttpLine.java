package dev.lockstep.stress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/// One kept connection to the data API: as little of an HTTP client as measures the server and not
/// itself.
final class HttpLine implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final String head;
    private final byte[] line = new byte[16_384];

    HttpLine(int port, String key) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream(), 65_536);
        head = " HTTP/1.1\r\nHost: x\r\napikey: " + key + "\r\nContent-Type: application/json\r\n";
    }

    String get(String path, String headers) {
        return "GET /rest/v1" + path + head + headers + "\r\n";
    }

    String send(String method, String path, String headers, String body) {
        return method
                + " /rest/v1"
                + path
                + head
                + headers
                + "Content-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
    }

    /// @return whether the answer came from the server's memory
    /// @throws IOException when the answer is no success
    boolean ask(String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(UTF_8));
        String status = readLine();
        int length = 0;
        boolean hit = false;
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            } else if (header.regionMatches(true, 0, "lockstep-cache: hit", 0, 19)) {
                hit = true;
            }
        }
        byte[] body = in.readNBytes(length);
        if (!status.startsWith("HTTP/1.1 2")) {
            throw new IOException(status + " " + new String(body, UTF_8));
        }
        return hit;
    }

    private String readLine() throws IOException {
        int length = 0;
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server hung up");
            }
            line[length++] = (byte) next;
        }
        return new String(line, 0, Math.max(0, length - 1), ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
