package dev.lockstep.channel;

/// Why a member's place in the log no longer counts, so that what it shows must be loaded afresh.
/// The word goes to clients as a feed's `reset`.
enum Dismissal {
    /// The first load.
    FIRST("first"),
    /// The token names a position that the window no longer holds.
    EXPIRED("expired"),
    /// The token is of another question, server or slot.
    CHANGED("question"),
    /// The reader was slower than the window.
    SLOW("slow"),
    /// The table was truncated.
    TRUNCATED("truncated"),
    /// The table's shape changed.
    SCHEMA("schema"),
    /// One transaction's part was larger than a load.
    LARGE("large"),
    /// What the member may see changed.
    RIGHTS("rights"),
    /// The member has another token, and with it other rights.
    RENEWED("rights"),
    /// The slot was lost: a new life of the log.
    SLOT("epoch");

    private final String word;

    Dismissal(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
