package dev.lockstep.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Playwright;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// People of two businesses on real screens, each with the orders that row policies let them see.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class RightsJourney {
    /// Places in the picker.
    private static final int FLORIST = 2;

    private static final int MANAGER = 6;
    private static final int GRILL_COOK = 11;
    private static final int EXPEDITER = 13;

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
    void an_order_moves_from_the_cooks_screen_to_the_expediters_and_never_to_another_business()
            throws Exception {
        try (Desk florist = Desk.open(browser, shop, FLORIST);
                Desk manager = Desk.open(browser, shop, MANAGER);
                Desk cook = Desk.open(browser, shop, GRILL_COOK);
                Desk expediter = Desk.open(browser, shop, EXPEDITER)) {
            shop.table("E2E-R1", "Two Steaks", "grill", "confirmed");
            cook.shows("Two Steaks");
            manager.shows("Two Steaks");
            assertThat(expediter.order("Two Steaks")).hasCount(0);

            shop.update("update orders set status = 'ready' where readable_id = ?", "E2E-R1");
            expediter.shows("Two Steaks");
            assertThat(cook.order("Two Steaks")).hasCount(0);

            // The florist's screen is live all the while, and shows nothing of it.
            shop.order("E2E-R2", "A Bouquet");
            florist.shows("A Bouquet");
            assertThat(florist.order("Two Steaks")).hasCount(0);
            assertThat(manager.order("A Bouquet")).hasCount(0);
            assertThat(cook.errors()).isEmpty();
            assertThat(florist.errors()).isEmpty();
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-R%'");
        }
    }

    @Test
    void a_station_that_changes_hands_changes_screens() throws Exception {
        try (Desk cook = Desk.open(browser, shop, GRILL_COOK)) {
            shop.table("E2E-R3", "Crème brûlée", "pastry", "preparing");
            shop.table("E2E-R4", "Lamb Chops", "grill", "preparing");
            cook.shows("Lamb Chops");
            assertThat(cook.order("Crème brûlée")).hasCount(0);
            shop.update("update orders set station_id = 'grill' where readable_id = ?", "E2E-R3");
            cook.shows("Crème brûlée");
            shop.update("update orders set station_id = 'pastry' where readable_id = ?", "E2E-R4");
            assertThat(cook.order("Lamb Chops")).hasCount(0);
            assertThat(cook.errors()).isEmpty();
        } finally {
            shop.update("delete from orders where readable_id like 'E2E-R%'");
        }
    }
}
