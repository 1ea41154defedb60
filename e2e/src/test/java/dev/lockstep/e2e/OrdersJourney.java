package dev.lockstep.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// The Orders workspace on real screens. A browser that hangs fails its test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class OrdersJourney {
    private static final Set<String> NOT_ACCEPTABLE = Set.of("serious", "critical");

    private Shop shop;
    private Playwright playwright;
    private Browser browser;

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

    @Test
    void a_row_changed_by_sql_appears_and_flashes_on_both_screens() throws Exception {
        shop.order("E2E-1", "Both Screens");
        try (Desk one = Desk.open(browser, shop, 0);
                Desk other = Desk.open(browser, shop, 1)) {
            for (Desk desk : List.of(one, other)) {
                desk.shows("Both Screens");
                assertThat(desk.flashes()).hasCount(0);
            }
            shop.update(
                    "update orders set customer_name = 'Both Changed' where readable_id = ?",
                    "E2E-1");
            for (Desk desk : List.of(one, other)) {
                desk.shows("Both Changed");
                assertThat(desk.flashes().first()).isAttached();
                assertThat(desk.order("Both Screens")).hasCount(0);
                assertThat(desk.errors()).isEmpty();
            }
            shop.update("delete from orders where readable_id = ?", "E2E-1");
            for (Desk desk : List.of(one, other)) {
                assertThat(desk.order("Both Changed")).hasCount(0);
            }
        }
    }

    @Test
    void people_see_who_else_is_here_and_who_has_gone() {
        try (Desk one = Desk.open(browser, shop, 0)) {
            assertThat(one.others()).hasCount(0);
            try (Desk other = Desk.open(browser, shop, 1)) {
                assertThat(one.others()).hasCount(1);
                assertThat(other.others()).hasCount(1);
                assertThat(one.others().first()).not().hasText(other.others().first().innerText());
            }
            assertThat(one.others()).hasCount(0);
        }
    }

    @Test
    void a_server_that_is_killed_and_started_again_is_caught_up_with_without_a_reload()
            throws Exception {
        try (Desk desk = Desk.open(browser, shop, 0)) {
            desk.page().evaluate("window.before = 'the same page'");
            shop.order("E2E-2", "Before Crash");
            desk.shows("Before Crash");
            shop.kill();
            desk.says("Reconnecting");
            shop.order("E2E-3", "While Away");
            shop.update(
                    "update orders set customer_name = 'Renamed Away' where readable_id = ?",
                    "E2E-2");
            shop.startAgain();
            desk.isLive();
            desk.shows("While Away");
            desk.shows("Renamed Away");
            shop.order("E2E-4", "After Return");
            desk.shows("After Return");
            assertThat(desk.page().evaluate("window.before")).isEqualTo("the same page");
            assertThat(desk.errors()).isEmpty();
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-%'");
        }
    }

    @Test
    void on_a_phone_nothing_is_wider_than_the_screen() throws Exception {
        shop.order("E2E-5", "Pocket Order");
        try (Desk desk = Desk.openOnPhone(browser, shop)) {
            desk.shows("Pocket Order");
            Object wider =
                    desk.page()
                            .evaluate(
                                    """
                                    () => document.scrollingElement.scrollWidth
                                          - document.scrollingElement.clientWidth\
                                    """);
            assertThat(((Number) wider).intValue()).isZero();
            assertThat(serious(desk)).isEmpty();
            shop.update(
                    "update orders set customer_name = 'Pocket Changed' where readable_id = ?",
                    "E2E-5");
            desk.shows("Pocket Changed");
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-%'");
        }
    }

    @Test
    void in_the_dark_the_page_is_dark_and_readable() {
        try (Desk desk = Desk.openInTheDark(browser, shop)) {
            Object light =
                    desk.page()
                            .evaluate(
                                    """
                                    () => {
                                      const colour = getComputedStyle(document.body).backgroundColor
                                      return Math.max(...colour.match(/[\\d.]+/g).slice(0, 3).map(Number))
                                    }\
                                    """);
            assertThat(((Number) light).doubleValue()).isLessThan(80);
            assertThat(serious(desk)).isEmpty();
        }
    }

    @Test
    void axe_finds_nothing_serious_by_day() {
        try (Desk desk = Desk.open(browser, shop, 0)) {
            assertThat(serious(desk)).isEmpty();
        }
    }

    @Test
    void script_in_a_customers_name_is_text() throws Exception {
        String script = "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script>";
        shop.order("E2E-6", script);
        try (Desk desk = Desk.open(browser, shop, 0)) {
            desk.shows(script);
            shop.update(
                    "update orders set customer_name = customer_name || ' live', notes = ?"
                            + " where readable_id = 'E2E-6'",
                    "\"><svg onload=window.owned=1>");
            desk.shows(script + " live");
            assertThat(desk.page().evaluate("() => 'owned' in window")).isEqualTo(false);
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-%'");
        }
    }

    @Test
    void the_page_comes_with_a_strict_policy() {
        try (Desk desk = Desk.open(browser, shop, 0)) {
            String policy =
                    desk.page()
                            .request()
                            .get(shop.url())
                            .headers()
                            .getOrDefault("content-security-policy", "");
            assertThat(policy).contains("frame-ancestors 'none'");
            assertThat(policy).doesNotContain("unsafe-eval");
            assertThat(policy.replaceAll("style-src[^;]*", "")).doesNotContain("unsafe-inline");
            assertThat(desk.errors()).isEmpty();
        }
    }

    @Test
    void the_search_box_is_one_key_away() throws Exception {
        shop.order("E2E-7", "Needle Haystack");
        try (Desk desk = Desk.open(browser, shop, 0)) {
            desk.page().keyboard().press("/");
            desk.page().keyboard().type("Needle Hay");
            desk.shows("Needle Haystack");
            assertThat(desk.page().getByText("Needle Haystack"))
                    .hasCount(1, new LocatorAssertions.HasCountOptions());
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-%'");
        }
    }

    private static List<String> serious(Desk desk) {
        return new AxeBuilder(desk.page())
                .analyze().getViolations().stream()
                        .filter(rule -> NOT_ACCEPTABLE.contains(rule.getImpact()))
                        .map(OrdersJourney::inWords)
                        .toList();
    }

    private static String inWords(Rule rule) {
        return rule.getNodes().stream()
                .map(node -> node.getHtml() + " " + node.getFailureSummary())
                .distinct()
                .collect(
                        Collectors.joining(
                                "\n", rule.getId() + ": " + rule.getHelp() + "\n", "\n"));
    }
}
