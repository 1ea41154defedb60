package dev.lockstep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// A live feed in the browser's own `EventSource`, which can send no headers. A browser that hangs
/// fails its test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class FeedOverHttpJourney {
    /// What a page has to do: fetch a ticket, listen, and remember where it stands.
    private static final String CLIENT =
            """
            window.heard = [];
            window.listen = async (since) => {
              const post = (path, body, headers = {}) =>
                fetch(path, { method: 'POST', body: JSON.stringify(body),
                              headers: { 'content-type': 'application/json', ...headers } })
                  .then((answer) => answer.json());
              const people = await fetch('/demo/people').then((answer) => answer.json());
              const { token } = await post('/demo/token', { person: people[0].id });
              const { ticket } = await post('/realtime/v1/ticket', {},
                                            { authorization: `Bearer ${token}` });
              const query = new URLSearchParams(
                { table: 'orders', select: 'id,readable_id,customer_name', limit: '5', ticket });
              if (since) query.set('since', since);
              window.source = new EventSource(`/realtime/v1/feed?${query}`);
              window.source.addEventListener('feed', (event) => {
                window.heard.push(JSON.parse(event.data));
                window.lastId = event.lastEventId || window.lastId;
              });
            };
            """;

    private Shop shop;
    private Playwright playwright;
    private Browser browser;
    private BrowserContext profile;
    private Page page;

    @BeforeAll
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void open() throws Exception {
        shop = Shop.open();
        playwright = Playwright.create();
        browser = Chromium.launch(playwright);
    }

    @AfterAll
    void close() {
        browser.close();
        playwright.close();
        shop.close();
    }

    @BeforeEach
    void listen() {
        profile = browser.newContext();
        profile.setDefaultTimeout(Desk.PATIENCE_MILLIS);
        page = profile.newPage();
        page.navigate(shop.url().replaceFirst("/?$", "/healthz"));
        page.evaluate(CLIENT);
        page.evaluate("() => window.listen()");
        page.waitForFunction("() => window.lastId");
    }

    @AfterEach
    void leave() {
        profile.close();
    }

    private void awaitHeard(String text) {
        page.waitForFunction("(text) => JSON.stringify(window.heard).includes(text)", text);
    }

    @Test
    void the_browsers_own_event_source_follows_a_feed_with_a_ticket() throws Exception {
        assertThat(page.evaluate("() => window.heard[0].reset")).isEqualTo("first");
        assertThat(page.evaluate("() => window.heard[0].enter.length")).isEqualTo(5);

        shop.order("E2E-90", "Heard As Event");
        try {
            awaitHeard("Heard As Event");
        } finally {
            shop.update("delete from orders where readable_id = ?", "E2E-90");
        }
        awaitHeard("deleted");
    }

    @Test
    void after_a_crash_a_new_ticket_brings_the_page_back_to_where_it_was() throws Exception {
        shop.kill();
        shop.order("E2E-91", "While Nobody Listened");
        try {
            shop.startAgain();
            // The browser tries the old ticket by itself, is refused, and gives up.
            page.waitForFunction("() => window.source.readyState === EventSource.CLOSED");
            page.evaluate("() => { window.heard = []; return window.listen(window.lastId); }");
            awaitHeard("While Nobody Listened");

            assertThat(page.evaluate("() => window.heard.some((body) => body.reset)"))
                    .isEqualTo(false);
        } finally {
            shop.update("delete from orders where readable_id = ?", "E2E-91");
        }
    }
}
