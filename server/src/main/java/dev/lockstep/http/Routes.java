package dev.lockstep.http;

import dev.lockstep.telemetry.HttpMeters;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What is served where. Patterns are paths whose segments may be `:name`; permission is decided on
/// the route that was found, never on raw text. Built by the starting thread, then only read.
public final class Routes {
    private record Route(String method, String template, List<String> pattern, Handler handler) {}

    /// Where a request goes.
    sealed interface Found {
        /// @param template the route as it was added, for metrics
        record To(String template, Handler handler, Map<String, String> parameters)
                implements Found {}

        record Streamed(String template, StreamHandler handler) implements Found {}

        record OtherMethods(Set<String> allowed) implements Found {}

        record Nowhere() implements Found {}
    }

    private record Area(String prefix, Found found) {
        boolean holds(String path) {
            return path.equals(prefix) || path.startsWith(prefix + "/");
        }
    }

    private final List<Route> routes = new ArrayList<>();
    private final List<Area> areas = new ArrayList<>();
    private Optional<Handler> pages = Optional.empty();
    private Optional<HttpMeters> meters = Optional.empty();

    /// @param pattern such as `/api/broadcast/:topic/events/:event`
    public Routes add(String method, String pattern, Handler handler) {
        routes.add(new Route(method, pattern, segments(pattern), handler));
        return this;
    }

    /// Everything below a path, whatever the method, where no route is: for an API with an answer
    /// of its own to what it does not know.
    ///
    /// @param prefix without a slash at its end
    public Routes below(String prefix, Handler handler) {
        areas.add(new Area(prefix, new Found.To(prefix, handler, Map.of())));
        return this;
    }

    /// Everything below a path, whatever the method, with bodies as they come.
    ///
    /// @param prefix without a slash at its end
    public Routes streamedBelow(String prefix, StreamHandler handler) {
        areas.add(new Area(prefix, new Found.Streamed(prefix, handler)));
        return this;
    }

    /// Whether the bodies of requests for this path are taken as they come.
    boolean streams(String path) {
        for (Area area : areas) {
            if (area.found instanceof Found.Streamed && area.holds(path)) {
                return true;
            }
        }
        return false;
    }

    /// Who answers GET where no route is.
    public Routes pages(Handler handler) {
        pages = Optional.of(handler);
        return this;
    }

    /// Who is told how long each answer took.
    public Routes measuredBy(HttpMeters meters) {
        this.meters = Optional.of(meters);
        return this;
    }

    Optional<HttpMeters> meters() {
        return meters;
    }

    Optional<Handler> pages() {
        return pages;
    }

    /// @throws IllegalArgumentException when the path is not properly encoded
    Found find(String method, String path) {
        List<String> segments = segments(path);
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> parameters = match(route.pattern, segments);
            if (parameters.isPresent()) {
                boolean isHead = method.equals("HEAD") && route.method.equals("GET");
                if (route.method.equals(method) || isHead) {
                    return new Found.To(route.template, route.handler, parameters.get());
                }
                allowed.add(route.method);
            }
        }
        for (Area area : areas) {
            if (area.holds(path)) {
                return area.found;
            }
        }
        return allowed.isEmpty() ? new Found.Nowhere() : new Found.OtherMethods(allowed);
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    private static Optional<Map<String, String>> match(List<String> pattern, List<String> path) {
        if (pattern.size() != path.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String wanted = pattern.get(i);
            String given = path.get(i);
            if (wanted.startsWith(":") && !given.isEmpty()) {
                // In a path a plus is a plus.
                parameters.put(
                        wanted.substring(1),
                        URLDecoder.decode(given.replace("+", "%2B"), StandardCharsets.UTF_8));
            } else if (!wanted.equals(given)) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }
}
