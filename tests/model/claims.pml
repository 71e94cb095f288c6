/* claims: who owns a partition, when claims are appended twice and compacted.
 *
 * Two workers take turns by the group's will. Each start of one is a *life*. A life reads `state` to its end, appends a
 * claim (epoch: highest seen + 1), and owns when that claim comes back with no other of its epoch before it.
 * A claim may be appended twice (its acknowledgement was lost), at any later time, also after its life has ended;
 * compaction may remove what has a later record of its key whenever it likes.
 *
 * Options:
 *   COPIES=n      claims that may be appended twice in all
 *   ANY_AGE       a claim counts however long it took to come back (else: no longer than `state` is safe
 *                 from compaction)
 *   EPOCH_KEY     a claim's key is its epoch alone, without the life
 *   OWNER_STAYS   an owner who meets another's claim of its own epoch goes on
 *   LAST_COUNTS   a claimant who meets another's claim of its epoch first goes on to its own
 *   LASTING       checks only that two owners of one epoch do not last (else: that there never were two)
 */
#ifndef COPIES
#define COPIES 1
#endif
#ifndef FAULTS_MAX
#define FAULTS_MAX 2 /* handovers and crashes */
#endif
#define LIFE_MAX 6 /* lives are 1..5 */
#define LOG_MAX 10

#define DOWN 0
#define RESTORE 1
#define CLAIM 2
#define RUN 3

typedef Record {
    byte epoch;
    byte life;
    bit is_shadowed /* a later record has its key */
}
typedef Worker {
    /* on disk */
    byte next;    /* offset to be read next */
    byte highest; /* epoch seen */
    /* in memory */
    byte phase;
    byte life;
    byte epoch;  /* of its own claim; 0: none */
    bit is_proven;
    bit is_late; /* since it claimed, compaction has come near: its claim is too old to count */
}

Record state[LOG_MAX];
byte state_end;
byte sent[LIFE_MAX];         /* epoch of a claim on its way, else 0 */
byte sent_again[LIFE_MAX];   /* the same, of a second copy */
byte owners_of[LOG_MAX + 2]; /* lives that owned under this epoch */
Worker workers[2];
byte group_owner;
byte life_count, fault_count, copy_count;
byte i_read, i_log;

#define W workers[me]
#ifdef EPOCH_KEY
#define IS_SAME_KEY(a, of_epoch, of_life) (state[a].epoch == of_epoch)
#else
#define IS_SAME_KEY(a, of_epoch, of_life) (state[a].epoch == of_epoch && state[a].life == of_life)
#endif
#ifdef OWNER_STAYS
#define IS_BEATEN(a) (state[a].epoch > W.epoch)
#else
#define IS_BEATEN(a) (state[a].epoch >= W.epoch)
#endif

inline restart_reading() /* step down: forgets its claim, reads on, claims anew */
{
    W.phase = RESTORE;
    W.epoch = 0;
    W.is_late = 0
}

inline meet_own_claim()
{
    if
#ifndef ANY_AGE
    :: W.is_late -> restart_reading()
    :: else ->
#else
    :: true ->
#endif
        W.phase = RUN;
        owners_of[W.epoch]++;
#ifndef LASTING
        assert(owners_of[W.epoch] == 1)
#endif
    fi
}

inline apply_claim()
{
    i_read = W.next;
    W.next++;
    if
    :: state[i_read].epoch > W.highest -> W.highest = state[i_read].epoch
    :: else
    fi;
    if
    :: W.phase == CLAIM && state[i_read].life == W.life && state[i_read].epoch == W.epoch -> meet_own_claim()
#ifdef LAST_COUNTS
    :: W.phase == CLAIM && state[i_read].life != W.life && state[i_read].epoch > W.epoch -> restart_reading()
#else
    :: W.phase == CLAIM && state[i_read].life != W.life && state[i_read].epoch >= W.epoch -> restart_reading()
#endif
    :: W.phase == RUN && state[i_read].life != W.life && IS_BEATEN(i_read) -> restart_reading()
    :: else
    fi;
    i_read = 0
}

inline append_claim(of_epoch, of_life)
{
    i_log = 0;
    do
    :: i_log < state_end && IS_SAME_KEY(i_log, of_epoch, of_life) -> state[i_log].is_shadowed = 1; i_log++
    :: i_log < state_end && !IS_SAME_KEY(i_log, of_epoch, of_life) -> i_log++
    :: else -> break
    od;
    i_log = 0;
    state[state_end].epoch = of_epoch;
    state[state_end].life = of_life;
    state_end++
}

proctype Work(byte me)
{
end:
    do
    :: d_step { W.phase == DOWN && group_owner == me && life_count < LIFE_MAX - 1 ->
        life_count++; W.life = life_count; W.phase = RESTORE }
    :: d_step { W.phase != DOWN && W.next < state_end -> apply_claim() }
    /* compaction took it before this worker came by; whoever has claimed and not read it yet is late */
    :: d_step { W.phase != DOWN && W.next < state_end && state[W.next].is_shadowed ->
        if :: W.phase == CLAIM -> W.is_late = 1 :: else fi;
        W.next++ }
    /* only a member claims, but the answer that proves it may be old */
    :: d_step { W.phase == RESTORE && W.next == state_end && group_owner == me && !W.is_proven -> W.is_proven = 1 }
    :: d_step { W.phase == RESTORE && W.next == state_end && W.is_proven && sent[W.life] == 0 &&
        state_end < LOG_MAX - 3 ->
        W.is_proven = 0; W.epoch = W.highest + 1; sent[W.life] = W.epoch; W.phase = CLAIM }
    :: d_step { W.phase != DOWN && group_owner != me ->
        W.phase = DOWN; W.life = 0; W.epoch = 0; W.is_late = 0; W.is_proven = 0 }
    od
}

proctype Broker(byte life)
{
end:
    do
    :: d_step { sent[life] != 0 && state_end < LOG_MAX ->
        append_claim(sent[life], life); sent[life] = 0 }
    :: d_step { sent[life] != 0 && copy_count < COPIES && sent_again[life] == 0 && state_end < LOG_MAX ->
        copy_count++; sent_again[life] = sent[life]; append_claim(sent[life], life); sent[life] = 0 }
    :: d_step { sent_again[life] != 0 && state_end < LOG_MAX ->
        append_claim(sent_again[life], life); sent_again[life] = 0 }
    /* the end of a life may take with it what it had sent */
    :: d_step { sent[life] != 0 && workers[0].life != life && workers[1].life != life -> sent[life] = 0 }
    od
}

proctype Faults()
{
    byte me;
end:
    do
    :: d_step { fault_count < FAULTS_MAX -> fault_count++; group_owner = 1 - group_owner }
    :: atomic { fault_count < FAULTS_MAX ->
        fault_count++;
        if :: me = 0 :: me = 1 fi;
        if :: W.next = 0; W.highest = 0 :: true fi; /* the disk, lost or not */
        W.phase = DOWN; W.life = 0; W.epoch = 0; W.is_late = 0; W.is_proven = 0; me = 0 }
    od
}

#define HAS_TWO_OWNERS (workers[0].phase == RUN && workers[1].phase == RUN && workers[0].epoch == workers[1].epoch)
#define HAS_READ_ALL (workers[0].next == state_end && workers[1].next == state_end)

active proctype Check()
{
    /* two owners of one epoch have read all there is, so neither will learn of the other */
end:
    d_step { HAS_TWO_OWNERS && HAS_READ_ALL -> assert(false) }
}

/* At rest the group's owner owns, unless the model's bounds have stopped it. */
active proctype Rest()
{
    timeout -> assert(workers[group_owner].phase == RUN || life_count == LIFE_MAX - 1 || state_end >= LOG_MAX - 3)
}

init
{
    atomic {
        run Work(0); run Work(1); run Faults();
        run Broker(1); run Broker(2); run Broker(3); run Broker(4); run Broker(5)
    }
}
