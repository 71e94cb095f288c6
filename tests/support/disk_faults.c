/* disk_faults: a shared object for LD_PRELOAD under which a program's disk fails at a chosen call.
 *
 * Counts the calls of one kind on files below a folder and lets the n-th fail, or all from the n-th on. Set by the
 * environment:
 *
 *   DISK_FAULTS_FOLDER  absolute; nothing outside it is touched
 *   DISK_FAULTS_KIND    "error": any call below, with EIO, once. "full": what takes space, with ENOSPC, from then on.
 *                       "read_only": what changes anything, with EROFS, from then on.
 *   DISK_FAULTS_AT      n, from 1; 0: nothing fails, calls are counted
 *   DISK_FAULTS_COUNT   a file outside the folder that gets the number of calls so far, eight bytes, at each
 *
 * Threads: any. What stdio does within itself and what mapped memory does is not seen.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FD_MAX 4096

enum effect {
    EFFECT_READ = 1, /* changes nothing */
    EFFECT_CHANGE,   /* takes no space: a folder's entries, what is kept at all */
    EFFECT_GROW,     /* takes space */
};

static atomic_bool is_below[FD_MAX]; /* the fd is of a file in the folder */
static atomic_uint_fast64_t call_count;

/* The function that this one stands before. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool is_in_folder(const char *path)
{
    const char *folder = getenv("DISK_FAULTS_FOLDER");

    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static enum effect get_least_effect(const char *kind)
{
    return strcmp(kind, "full") == 0 ? EFFECT_GROW : strcmp(kind, "read_only") == 0 ? EFFECT_CHANGE : EFFECT_READ;
}

static void tell_count(uint64_t count)
{
    static atomic_int fd = -1;
    const char *path = getenv("DISK_FAULTS_COUNT");

    if (path == NULL) {
        return;
    }
    if (fd < 0) {
        fd = NEXT(open)(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    }
    (void)!NEXT(pwrite)(fd, &count, sizeof count, 0);
}

/* Counts a call below the folder. True: it is to fail, errno is set. */
static bool must_fail(enum effect effect)
{
    const char *kind = getenv("DISK_FAULTS_KIND");
    const char *at = getenv("DISK_FAULTS_AT");
    uint64_t n = at == NULL ? 0 : strtoull(at, NULL, 10);
    uint64_t count;

    if (kind == NULL || effect < get_least_effect(kind)) {
        return false;
    }
    count = atomic_fetch_add(&call_count, 1) + 1;
    tell_count(count);
    if (n == 0 || count < n || (count > n && strcmp(kind, "error") == 0)) {
        return false;
    }
    errno = strcmp(kind, "error") == 0 ? EIO : strcmp(kind, "full") == 0 ? ENOSPC : EROFS;
    return true;
}

static bool must_fail_fd(int fd, enum effect effect)
{
    return fd >= 0 && fd < FD_MAX && is_below[fd] && must_fail(effect);
}

static bool must_fail_path(const char *path, enum effect effect)
{
    return is_in_folder(path) && must_fail(effect);
}

static int note_fd(int fd, const char *path)
{
    if (fd >= 0 && fd < FD_MAX) {
        is_below[fd] = is_in_folder(path);
    }
    return fd;
}

static enum effect get_open_effect(int flags)
{
    return flags & O_CREAT ? EFFECT_GROW : (flags & O_ACCMODE) != O_RDONLY ? EFFECT_CHANGE : EFFECT_READ;
}

/* Both names of a call with a 64-bit offset are one function on the machines that this runs on. */
int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (must_fail_path(path, get_open_effect(flags))) {
        return -1;
    }
    return note_fd(NEXT(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t read(int fd, void *bytes, size_t byte_count)
{
    return must_fail_fd(fd, EFFECT_READ) ? -1 : NEXT(read)(fd, bytes, byte_count);
}

ssize_t pread(int fd, void *bytes, size_t byte_count, off_t offset)
{
    return must_fail_fd(fd, EFFECT_READ) ? -1 : NEXT(pread)(fd, bytes, byte_count, offset);
}

ssize_t pread64(int fd, void *bytes, size_t byte_count, off_t offset) __attribute__((alias("pread")));

ssize_t write(int fd, const void *bytes, size_t byte_count)
{
    return must_fail_fd(fd, EFFECT_GROW) ? -1 : NEXT(write)(fd, bytes, byte_count);
}

ssize_t pwrite(int fd, const void *bytes, size_t byte_count, off_t offset)
{
    return must_fail_fd(fd, EFFECT_GROW) ? -1 : NEXT(pwrite)(fd, bytes, byte_count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t byte_count, off_t offset) __attribute__((alias("pwrite")));

int fsync(int fd)
{
    return must_fail_fd(fd, EFFECT_CHANGE) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return must_fail_fd(fd, EFFECT_CHANGE) ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate(int fd, off_t byte_count)
{
    return must_fail_fd(fd, EFFECT_CHANGE) ? -1 : NEXT(ftruncate)(fd, byte_count);
}

int ftruncate64(int fd, off_t byte_count) __attribute__((alias("ftruncate")));

int close(int fd)
{
    bool is_failed = must_fail_fd(fd, EFFECT_CHANGE);
    int error = errno;
    int ret;

    if (fd >= 0 && fd < FD_MAX) {
        is_below[fd] = false;
    }
    ret = NEXT(close)(fd);
    if (is_failed) {
        errno = error; /* the fd is closed all the same, as on Linux */
        return -1;
    }
    return ret;
}

int rename(const char *from, const char *to)
{
    return must_fail_path(from, EFFECT_CHANGE) ? -1 : NEXT(rename)(from, to);
}

int unlink(const char *path)
{
    return must_fail_path(path, EFFECT_CHANGE) ? -1 : NEXT(unlink)(path);
}

int mkdir(const char *path, mode_t mode)
{
    return must_fail_path(path, EFFECT_GROW) ? -1 : NEXT(mkdir)(path, mode);
}

int rmdir(const char *path)
{
    return must_fail_path(path, EFFECT_CHANGE) ? -1 : NEXT(rmdir)(path);
}
