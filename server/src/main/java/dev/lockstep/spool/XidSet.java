package dev.lockstep.spool;

/// A set of transaction ids without boxes: a transaction may abort a million subtransactions. Open
/// addressing, linear probing; 0 is never a real id and marks a free slot.
final class XidSet {
    private int[] slots = new int[16];
    private int size;

    void add(int xid) {
        if (xid == 0 || !put(slots, xid)) {
            return;
        }
        size++;
        if (2 * size > slots.length) {
            int[] larger = new int[2 * slots.length];
            for (int old : slots) {
                if (old != 0) {
                    put(larger, old);
                }
            }
            slots = larger;
        }
    }

    boolean contains(int xid) {
        int slot = slot(slots, xid);
        while (slots[slot] != 0) {
            if (slots[slot] == xid) {
                return true;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return false;
    }

    private static boolean put(int[] slots, int xid) {
        int slot = slot(slots, xid);
        while (slots[slot] != 0) {
            if (slots[slot] == xid) {
                return false;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = xid;
        return true;
    }

    private static int slot(int[] slots, int xid) {
        int hash = xid * 0x9E3779B9;
        return hash >>> Integer.numberOfLeadingZeros(slots.length - 1) & slots.length - 1;
    }
}
