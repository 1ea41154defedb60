package dev.lockstep.wire;

/// A message reference as the client wrote it, as JSON text: `"6"`, `0` or `null`. Clients compare
/// with strict equality, so it is echoed unchanged.
public record Ref(String json) {
    public static final Ref NULL = new Ref("null");

    public boolean isNull() {
        return json.equals("null");
    }
}
