package dev.lockstep.data;

/// Carries a [RestError] up to where it is answered.
final class RestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient RestError error;

    RestException(RestError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    RestError error() {
        return error;
    }
}
