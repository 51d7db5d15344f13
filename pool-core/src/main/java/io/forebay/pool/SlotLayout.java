package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/** 128 bytes, two cache lines: neighbouring lines are fetched in pairs on x86. Bytes, so no field is moved between. */
class SlotPadBefore {
    byte b000, b001, b002, b003, b004, b005, b006, b007, b010, b011, b012, b013, b014, b015, b016, b017;
    byte b020, b021, b022, b023, b024, b025, b026, b027, b030, b031, b032, b033, b034, b035, b036, b037;
    byte b040, b041, b042, b043, b044, b045, b046, b047, b050, b051, b052, b053, b054, b055, b056, b057;
    byte b060, b061, b062, b063, b064, b065, b066, b067, b070, b071, b072, b073, b074, b075, b076, b077;
    byte b100, b101, b102, b103, b104, b105, b106, b107, b110, b111, b112, b113, b114, b115, b116, b117;
    byte b120, b121, b122, b123, b124, b125, b126, b127, b130, b131, b132, b133, b134, b135, b136, b137;
    byte b140, b141, b142, b143, b144, b145, b146, b147, b150, b151, b152, b153, b154, b155, b156, b157;
    byte b160, b161, b162, b163, b164, b165, b166, b167, b170, b171, b172, b173, b174, b175, b176, b177;
}

/** What only the holder of a slot writes, beside its private stack; see {@link Slot} for who that is. */
class SlotOwned extends PrivateStack {
    static final VarHandle CHAIN_LEVEL =
            fieldVarHandle(lookup(), "chainLevel", VarHandle.class, SlotOwned.class, long.class);
    static final VarHandle CHAIN_LOW =
            fieldVarHandle(lookup(), "chainLow", VarHandle.class, SlotOwned.class, long.class);
    static final VarHandle CHAIN_LOW_CYCLE =
            fieldVarHandle(lookup(), "chainLowCycle", VarHandle.class, SlotOwned.class, long.class);
    static final VarHandle SHARED_GETS =
            fieldVarHandle(lookup(), "sharedGets", VarHandle.class, SlotOwned.class, long.class);
    static final VarHandle STOLEN_GETS =
            fieldVarHandle(lookup(), "stolenGets", VarHandle.class, SlotOwned.class, long.class);
    static final VarHandle MISSES = fieldVarHandle(lookup(), "misses", VarHandle.class, SlotOwned.class, long.class);

    long chainLevel; // holder writes opaque: pushes minus head pops, the chain's height were nothing ever stolen
    long chainLow; // holder writes opaque: least chainLevel in the cycle numbered chainLowCycle
    long chainLowCycle; // holder writes opaque

    // Counters: the holder writes opaque (a long that is not torn), anyone reads opaque.
    long sharedGets;
    long stolenGets;
    long misses;

    SlotOwned(int maxPrivateItems) {
        super(maxPrivateItems);
    }
}

/** Padding after, so that the fields others write share no line with the holder's. */
class SlotPadAfter extends SlotOwned {
    byte c000, c001, c002, c003, c004, c005, c006, c007, c010, c011, c012, c013, c014, c015, c016, c017;
    byte c020, c021, c022, c023, c024, c025, c026, c027, c030, c031, c032, c033, c034, c035, c036, c037;
    byte c040, c041, c042, c043, c044, c045, c046, c047, c050, c051, c052, c053, c054, c055, c056, c057;
    byte c060, c061, c062, c063, c064, c065, c066, c067, c070, c071, c072, c073, c074, c075, c076, c077;
    byte c100, c101, c102, c103, c104, c105, c106, c107, c110, c111, c112, c113, c114, c115, c116, c117;
    byte c120, c121, c122, c123, c124, c125, c126, c127, c130, c131, c132, c133, c134, c135, c136, c137;
    byte c140, c141, c142, c143, c144, c145, c146, c147, c150, c151, c152, c153, c154, c155, c156, c157;
    byte c160, c161, c162, c163, c164, c165, c166, c167, c170, c171, c172, c173, c174, c175, c176, c177;

    SlotPadAfter(int maxPrivateItems) {
        super(maxPrivateItems);
    }
}

/** The fields of a {@link Slot}, laid out so that its holder, its claimers and its thieves do not share cache lines. */
class SlotLayout extends SlotPadAfter {
    static final VarHandle CLAIM = fieldVarHandle(lookup(), "claim", VarHandle.class, SlotLayout.class, int.class);

    int claim; // 0 free, 1 claimed: a CAS takes it, a release store hands the holder's fields to the next claimer

    SlotLayout(int maxPrivateItems) {
        super(maxPrivateItems);
    }
}
