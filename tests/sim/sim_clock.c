/* The clock port on virtual time, a worker's wall clock as wrong as its node's, and the admin port, where nobody asks.
 */
#include "admin.h"
#include "alloc.h"
#include "clock.h"
#include "sim.h"
#include <string.h>
#include <sys/eventfd.h>

struct admin {
    int fd;
};

void clock_init(struct clock *clock)
{
    clock->start_time_ms = sim_get_clock_ms(sim_current);
    clock->start_mono_ns = sim_now_ms - 1; /* a monotonic clock that reads 0 stands for "not yet" in places */
}

struct now clock_read(const struct clock *clock)
{
    int64_t mono_ms = sim_now_ms - clock->start_mono_ns;

    return (struct now){.time_ms = clock->start_time_ms + mono_ms - 1, .mono_ms = mono_ms};
}

int64_t clock_read_mono_us(const struct clock *clock)
{
    return (sim_now_ms - clock->start_mono_ns) * 1000;
}

void clock_fill_random(void *bytes, size_t byte_count)
{
    unsigned char *at = bytes;

    for (size_t i = 0; i < byte_count; i++) {
        at[i] = (unsigned char)sim_random(256);
    }
}

enum rc admin_open(const struct params *params, struct stats *stats, struct admin **ret_admin, char *errstr,
                   size_t errstr_bytes)
{
    (void)params;
    (void)errstr;
    (void)errstr_bytes;
    sim_current->stats = stats;
    *ret_admin = alloc_zeroed(1, sizeof **ret_admin);
    (*ret_admin)->fd = eventfd(0, EFD_CLOEXEC);
    return RC_OK;
}

void admin_close(struct admin *admin)
{
    (void)admin;
}

int admin_get_fd(const struct admin *admin)
{
    return admin->fd;
}

const char *admin_get_address(const struct admin *admin)
{
    (void)admin;
    return "127.0.0.1:1";
}

bool admin_take_question(struct admin *admin, struct admin_question **ret_question, const struct admin_ask **ret_ask)
{
    (void)admin;
    (void)ret_question;
    (void)ret_ask;
    return false;
}

void admin_answer(struct admin *admin, struct admin_question *question, struct admin_answer *answer)
{
    (void)admin;
    (void)question;
    (void)answer;
}

void admin_note_turn(struct admin *admin, int64_t mono_ms)
{
    (void)admin;
    (void)mono_ms;
}

void admin_set_ready(struct admin *admin, bool is_ready, const char *why)
{
    (void)admin;
    (void)is_ready;
    (void)why;
}
