package dev.lockstep.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/// One person's screen, in a browser profile of its own.
final class Desk implements AutoCloseable {
    static final int PATIENCE_MILLIS = 15_000;

    private final BrowserContext profile;
    private final Page page;
    private final List<String> errors = new CopyOnWriteArrayList<>();

    private Desk(BrowserContext profile) {
        this.profile = profile;
        profile.setDefaultTimeout(PATIENCE_MILLIS);
        page = profile.newPage();
        page.onPageError(errors::add);
        // A lost connection is printed by the browser itself; everything else is ours.
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")
                    && !message.text().contains("WebSocket connection")
                    && !message.text().contains("ERR_CONNECTION")) {
                errors.add(message.text());
            }
        });
    }

    /// Opens the Desk as one of the shop's people and waits until it is live.
    static Desk open(Browser browser, Shop shop, int person) {
        return open(
                browser, shop, person, new Browser.NewContextOptions().setViewportSize(1280, 800));
    }

    static Desk openOnPhone(Browser browser, Shop shop) {
        return open(
                browser,
                shop,
                0,
                new Browser.NewContextOptions()
                        .setViewportSize(390, 844)
                        .setHasTouch(true)
                        .setIsMobile(true)
                        .setDeviceScaleFactor(2));
    }

    static Desk openInTheDark(Browser browser, Shop shop) {
        return open(
                browser,
                shop,
                0,
                new Browser.NewContextOptions()
                        .setViewportSize(1280, 800)
                        .setColorScheme(ColorScheme.DARK));
    }

    private static Desk open(
            Browser browser, Shop shop, int person, Browser.NewContextOptions options) {
        Desk desk = new Desk(browser.newContext(options.setLocale("en-GB")));
        desk.page.navigate(shop.url());
        desk.page.locator("main li button").nth(person).click();
        desk.isLive();
        assertThat(desk.page.getByText("#").first()).isVisible();
        return desk;
    }

    Page page() {
        return page;
    }

    /// The connection's state, as a person reads it.
    Locator status() {
        return page.getByRole(
                AriaRole.BUTTON,
                new Page.GetByRoleOptions()
                        .setName(Pattern.compile("^(Live|Connecting|Reconnecting|Offline)")));
    }

    void isLive() {
        says("Live");
    }

    void says(String state) {
        assertThat(status()).containsText(state, patient());
    }

    /// What shows the order of this customer: a row, or a card on a phone.
    Locator order(String customer) {
        return page.getByText(customer, new Page.GetByTextOptions().setExact(true));
    }

    void shows(String text) {
        assertThat(page.getByText(text).first())
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MILLIS));
    }

    /// The avatars of those who look at the same page.
    Locator others() {
        return page.getByLabel("Also here").getByRole(AriaRole.LISTITEM);
    }

    /// Cells that were tinted because their value changed.
    Locator flashes() {
        return page.locator("[class*='flash']");
    }

    /// Script errors and refused resources; a lost connection is none.
    List<String> errors() {
        return errors;
    }

    private static LocatorAssertions.ContainsTextOptions patient() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
    }

    @Override
    public void close() {
        profile.close();
    }
}
