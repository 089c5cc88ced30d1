/* Lets the n-th call of a kind fail, for tests: preloaded into a dynamically linked program.
 *
 * Calls are counted by class, and only if they touch a path below one folder (descriptors are
 * tracked), so that a library's own reading of /proc or of a locale does not move the count.
 * Streams of stdio below the folder are rebuilt on this file's own read and write, because the C
 * library reaches the system by names that cannot be replaced. Counts are shared by all processes
 * of a tree.
 *
 *   FAULT_BELOW      folder, absolute and without links; without it nothing is counted
 *   FAULT_COUNTERS   file of at least 4096 bytes for the counts: uint64 by class, in the order of
 *                    `class_names`, then how many calls failed
 *   FAULT_CLASS, FAULT_AT, FAULT_KIND
 *                    which call fails (from 1), and how: a name of `kinds`
 *   FAULT_FOR_GOOD   1: all calls of the class from that one on
 *   FAULT_CHILDREN   0: processes started by the program are left alone
 *   FAULT_LOG        file to which failed calls are appended, a line each
 *   FAULT_LIST       1: all counted calls go there
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum class {
    WRITE,
    SYNC,
    RENAME,
    OPEN_WRITE,
    OPEN_READ,
    CLOSE,
    TRUNCATE,
    UNLINK,
    LOCK,
    MKDIR,
    READ,
    LINK,
    STAT,
    LIST,
    ALLOCATE,
    N_CLASSES
};

static const char* const class_names[N_CLASSES] = {
    "write", "sync",  "rename", "open_write", "open_read", "close", "truncate", "unlink",
    "lock",  "mkdir", "read",   "link",       "stat",      "list",  "allocate"};

enum { NO_FAULT = 0, SHORT = -1 };

static const struct {
    const char* name;
    int error;
} kinds[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},
             {"EINTR", EINTR},   {"ESTALE", ESTALE}, {"EMFILE", EMFILE},
             {"ENOLCK", ENOLCK}, {"ENOMEM", ENOMEM}, {"SHORT", SHORT}};

struct counters {
    _Atomic uint64_t calls[N_CLASSES];
    _Atomic uint64_t failed;
    _Atomic int32_t owner; /* the first process of the tree */
};

enum { N_DESCRIPTORS = 65536 };

static struct counters private_counters;
static struct counters* counters = &private_counters;
static char below[PATH_MAX];
static size_t below_length;
static int wanted_class = -1;
static uint64_t wanted_at;
static int wanted_kind;
static bool for_good, list_all;
static const char* log_path;
static atomic_bool active;  /* counts and fails files' calls */
static atomic_bool in_main; /* counts allocations: those before main are not the program's */
static _Atomic unsigned char tracked[N_DESCRIPTORS];
static FILE* _Atomic streams[N_DESCRIPTORS]; /* by descriptor: those rebuilt here */
static atomic_int most_streams;

/* --- which calls count --------------------------------------------------------------------- */

/* An absolute path without `.`, `..` and double strokes, links not followed. */
static bool absolute(int folder, const char* path, char* result) {
    char text[2 * PATH_MAX];
    size_t n = 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (syscall(SYS_getcwd, text, PATH_MAX) < 0) return false;
            n = strlen(text);
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            const long length = syscall(SYS_readlinkat, AT_FDCWD, link, text, PATH_MAX);
            if (length <= 0) return false;
            n = (size_t)length;
        }
        text[n++] = '/';
    }
    const size_t length = strlen(path);
    if (n + length >= sizeof text) return false;
    memcpy(text + n, path, length + 1);
    size_t out = 0;
    for (const char* part = text; *part != '\0';) {
        while (*part == '/')
            ++part;
        const char* end = part;
        while (*end != '\0' && *end != '/')
            ++end;
        const size_t size = (size_t)(end - part);
        if (size == 2 && part[0] == '.' && part[1] == '.') {
            while (out > 0 && result[--out] != '/') {
            }
        } else if (size > 0 && !(size == 1 && part[0] == '.')) {
            if (out + size + 2 >= PATH_MAX) return false;
            result[out++] = '/';
            memcpy(result + out, part, size);
            out += size;
        }
        part = end;
    }
    result[out] = '\0';
    return true;
}

static bool is_below(const char* path) {
    return strncmp(path, below, below_length) == 0 &&
           (path[below_length] == '/' || path[below_length] == '\0');
}

static bool counts_path(int folder, const char* path) {
    char full[PATH_MAX];
    if (!atomic_load(&active) || path == NULL) return false;
    const int kept = errno;
    const bool result = absolute(folder, path, full) && is_below(full);
    errno = kept;
    return result;
}

static bool counts_descriptor(int descriptor) {
    return atomic_load(&active) && descriptor >= 0 && descriptor < N_DESCRIPTORS &&
           atomic_load(&tracked[descriptor]) != 0;
}

static void track(int descriptor, bool counted) {
    if (descriptor >= 0 && descriptor < N_DESCRIPTORS)
        atomic_store(&tracked[descriptor], counted ? 1 : 0);
}

/* --- which calls fail ---------------------------------------------------------------------- */

static void write_log(int class, uint64_t n, const char* call, const char* path, int descriptor,
                      bool failed) {
    if (log_path == NULL) return;
    char named[PATH_MAX] = "", line[PATH_MAX + 256];
    if (path == NULL && descriptor >= 0) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        const long length = syscall(SYS_readlinkat, AT_FDCWD, link, named, sizeof named - 1);
        named[length > 0 ? length : 0] = '\0';
        path = named;
    }
    const int size = snprintf(line, sizeof line, "%s %s %llu %s %s\n", failed ? "failed" : "call",
                              class_names[class], (unsigned long long)n, call, path ? path : "");
    const long file =
        syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) return;
    syscall(SYS_write, file, line, (size_t)size);
    syscall(SYS_close, file);
}

/* Counts a call. NO_FAULT, an error number, or SHORT. */
static int fault(int class, const char* call, const char* path, int descriptor) {
    const uint64_t n = atomic_fetch_add(&counters->calls[class], 1) + 1;
    const bool fails = class == wanted_class && (n == wanted_at || (for_good && n >= wanted_at));
    if (fails || (list_all && class != ALLOCATE)) {
        const int kept = errno;
        write_log(class, n, call, path, descriptor, fails);
        errno = kept;
    }
    if (!fails) return NO_FAULT;
    atomic_fetch_add(&counters->failed, 1);
    return wanted_kind;
}

static int fault_path(int class, const char* call, int folder, const char* path) {
    return counts_path(folder, path) ? fault(class, call, path, -1) : NO_FAULT;
}

static int fault_descriptor(int class, const char* call, int descriptor) {
    return counts_descriptor(descriptor) ? fault(class, call, NULL, descriptor) : NO_FAULT;
}

#define FAIL_WITH(error, result)    \
    do {                            \
        const int error_ = (error); \
        if (error_ > 0) {           \
            errno = error_;         \
            return (result);        \
        }                           \
    } while (0)

/* --- start ------------------------------------------------------------------------------------ */

static void leave_children_alone(void) {
    atomic_store(&active, false);
    atomic_store(&in_main, false);
}

static void* next(const char* name) {
    void* const found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

/* Sets a pointer to a function to the C library's own. */
#define FIND(real, name) (*(void**)(&(real)) = next(name))

__attribute__((constructor)) static void start(void) {
    const char* const folder = getenv("FAULT_BELOW");
    if (folder == NULL || folder[0] != '/' || strlen(folder) >= sizeof below) return;
    strcpy(below, folder);
    below_length = strlen(below);
    while (below_length > 1 && below[below_length - 1] == '/')
        below[--below_length] = '\0';
    const char* const path = getenv("FAULT_COUNTERS");
    if (path != NULL) {
        const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        void* const memory =
            file < 0 ? MAP_FAILED
                     : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, (int)file, 0);
        if (memory == MAP_FAILED) abort();
        counters = memory;
        syscall(SYS_close, file);
    }
    const char* text = getenv("FAULT_CLASS");
    for (int k = 0; text != NULL && k < N_CLASSES; ++k)
        if (strcmp(text, class_names[k]) == 0) wanted_class = k;
    if (text != NULL && wanted_class < 0) abort();
    text = getenv("FAULT_KIND");
    for (size_t k = 0; text != NULL && k < sizeof kinds / sizeof kinds[0]; ++k)
        if (strcmp(text, kinds[k].name) == 0) wanted_kind = kinds[k].error;
    if (wanted_class >= 0 && wanted_kind == NO_FAULT) abort();
    text = getenv("FAULT_AT");
    wanted_at = text == NULL ? 0 : strtoull(text, NULL, 10);
    const char* const good = getenv("FAULT_FOR_GOOD");
    const char* const list = getenv("FAULT_LIST");
    const char* const children = getenv("FAULT_CHILDREN");
    for_good = good != NULL && good[0] == '1';
    list_all = list != NULL && list[0] == '1';
    log_path = getenv("FAULT_LOG");
    int32_t nobody = 0;
    const int32_t self = (int32_t)getpid();
    const bool first = atomic_compare_exchange_strong(&counters->owner, &nobody, self) ||
                       nobody == self; /* again after exec */
    if (children != NULL && children[0] == '0') {
        if (!first) return;
        pthread_atfork(NULL, NULL, leave_children_alone);
    }
    atomic_store(&active, true);
    /* Descriptors that an exec left open. */
    for (int k = 0; k < 256; ++k) {
        char link[64], named[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", k);
        const long length = syscall(SYS_readlinkat, AT_FDCWD, link, named, sizeof named - 1);
        if (length <= 0) continue;
        named[length] = '\0';
        track(k, is_below(named));
    }
}

static int (*real_main)(int, char**, char**);

static int watched_main(int argc, char** argv, char** environment) {
    atomic_store(&in_main, atomic_load(&active));
    return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main_)(int, char**, char**), int argc, char** argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void* stack_end);
int __libc_start_main(int (*main_)(int, char**, char**), int argc, char** argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void* stack_end) {
    __typeof__(&__libc_start_main) real = NULL;
    FIND(real, "__libc_start_main");
    real_main = main_;
    return real(watched_main, argc, argv, init, fini, rtld_fini, stack_end);
}

/* --- open, close
 * ---------------------------------------------------------------------------------- */

static int open_at(int folder, const char* path, int flags, mode_t mode, const char* call) {
    const bool counted = counts_path(folder, path);
    if (counted) {
        const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
        FAIL_WITH(fault(writes ? OPEN_WRITE : OPEN_READ, call, path, -1), -1);
    }
    const int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (descriptor >= 0) track(descriptor, counted);
    return descriptor;
}

#define MODE_OF(flags, mode)                                          \
    mode_t mode = 0;                                                  \
    if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
        va_list list_;                                                \
        va_start(list_, flags);                                       \
        mode = va_arg(list_, mode_t);                                 \
        va_end(list_);                                                \
    }

#define OPEN(name)                                          \
    int name(const char* path, int flags, ...);             \
    int name(const char* path, int flags, ...) {            \
        MODE_OF(flags, mode)                                \
        return open_at(AT_FDCWD, path, flags, mode, #name); \
    }
#define OPENAT(name)                                         \
    int name(int folder, const char* path, int flags, ...);  \
    int name(int folder, const char* path, int flags, ...) { \
        MODE_OF(flags, mode)                                 \
        return open_at(folder, path, flags, mode, #name);    \
    }
#define OPEN_2(name)                                     \
    int name(const char* path, int flags);               \
    int name(const char* path, int flags) {              \
        return open_at(AT_FDCWD, path, flags, 0, #name); \
    }
#define OPENAT_2(name)                                  \
    int name(int folder, const char* path, int flags);  \
    int name(int folder, const char* path, int flags) { \
        return open_at(folder, path, flags, 0, #name);  \
    }
#define CREAT(name)                                                                \
    int name(const char* path, mode_t mode) {                                      \
        return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode, #name); \
    }
OPEN(open)
OPEN(open64)
OPEN(__open)
OPEN(__open64)
OPENAT(openat)
OPENAT(openat64)
OPEN_2(__open_2)
OPEN_2(__open64_2)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)
CREAT(creat)
CREAT(creat64)

/* As on Linux, a descriptor is gone also where closing it fails. */
static int close_counted(int descriptor, const char* call) {
    const int error = fault_descriptor(CLOSE, call, descriptor);
    track(descriptor, false);
    const int result = (int)syscall(SYS_close, descriptor);
    FAIL_WITH(error, -1);
    return result;
}

int close(int descriptor) {
    return close_counted(descriptor, "close");
}
int __close(int descriptor);
int __close(int descriptor) {
    return close_counted(descriptor, "__close");
}

static void track_copy(int from, int to) {
    if (from >= 0 && from < N_DESCRIPTORS) track(to, atomic_load(&tracked[from]) != 0);
}

int dup(int descriptor) {
    const int result = (int)syscall(SYS_dup, descriptor);
    if (result >= 0) track_copy(descriptor, result);
    return result;
}
int dup3(int from, int to, int flags) {
    const int result = (int)syscall(SYS_dup3, from, to, flags);
    if (result >= 0) track_copy(from, result);
    return result;
}
int dup2(int from, int to) {
    if (from == to) return (int)syscall(SYS_fcntl, from, F_GETFD) < 0 ? -1 : to;
    return dup3(from, to, 0);
}

#define TEMPORARY(name, parameters, arguments)                          \
    int name parameters;                                                \
    int name parameters {                                               \
        static int(*real) parameters;                                   \
        if (real == NULL) FIND(real, #name);                            \
        const bool counted = counts_path(AT_FDCWD, path);               \
        if (counted) FAIL_WITH(fault(OPEN_WRITE, #name, path, -1), -1); \
        const int descriptor = real arguments;                          \
        if (descriptor >= 0) track(descriptor, counted);                \
        return descriptor;                                              \
    }
TEMPORARY(mkstemp, (char* path), (path))
TEMPORARY(mkstemp64, (char* path), (path))
TEMPORARY(mkostemp, (char* path, int flags), (path, flags))
TEMPORARY(mkostemp64, (char* path, int flags), (path, flags))
TEMPORARY(mkstemps, (char* path, int suffix), (path, suffix))
TEMPORARY(mkostemps, (char* path, int suffix, int flags), (path, suffix, flags))

/* --- write, read -------------------------------------------------------------------------------
 */

/* Half, but at least something: a call that moves nothing would be an end of file. */
static size_t shortened(size_t size) {
    return size < 2 ? size : size / 2;
}

#define TRANSFER(class, name, type, parameters, number, arguments) \
    ssize_t name parameters;                                       \
    ssize_t name parameters {                                      \
        const int error = fault_descriptor(class, #name, file);    \
        FAIL_WITH(error, -1);                                      \
        if (error == SHORT) size = shortened(size);                \
        return syscall(number, arguments);                         \
    }
#define LIST_OF(...) __VA_ARGS__
TRANSFER(WRITE, write, const, (int file, const void* data, size_t size), SYS_write,
         LIST_OF(file, data, size))
TRANSFER(WRITE, __write, const, (int file, const void* data, size_t size), SYS_write,
         LIST_OF(file, data, size))
TRANSFER(WRITE, pwrite, const, (int file, const void* data, size_t size, off_t at), SYS_pwrite64,
         LIST_OF(file, data, size, at))
TRANSFER(WRITE, pwrite64, const, (int file, const void* data, size_t size, off64_t at),
         SYS_pwrite64, LIST_OF(file, data, size, at))
TRANSFER(WRITE, __pwrite64, const, (int file, const void* data, size_t size, off64_t at),
         SYS_pwrite64, LIST_OF(file, data, size, at))
TRANSFER(READ, read, , (int file, void* data, size_t size), SYS_read, LIST_OF(file, data, size))
TRANSFER(READ, __read, , (int file, void* data, size_t size), SYS_read, LIST_OF(file, data, size))
TRANSFER(READ, pread, , (int file, void* data, size_t size, off_t at), SYS_pread64,
         LIST_OF(file, data, size, at))
TRANSFER(READ, pread64, , (int file, void* data, size_t size, off64_t at), SYS_pread64,
         LIST_OF(file, data, size, at))
TRANSFER(READ, __pread64, , (int file, void* data, size_t size, off64_t at), SYS_pread64,
         LIST_OF(file, data, size, at))
TRANSFER(READ, __read_chk, , (int file, void* data, size_t size, size_t room), SYS_read,
         LIST_OF(file, data, size + 0 * room))
TRANSFER(READ, __pread_chk, , (int file, void* data, size_t size, off_t at, size_t room),
         SYS_pread64, LIST_OF(file, data, size + 0 * room, at))
TRANSFER(READ, __pread64_chk, , (int file, void* data, size_t size, off64_t at, size_t room),
         SYS_pread64, LIST_OF(file, data, size + 0 * room, at))

/* Of several pieces a short call moves half of the first. */
#define VECTOR(class, name, more, number, arguments, arguments_short)       \
    ssize_t name(int file, const struct iovec* pieces, int n more);         \
    ssize_t name(int file, const struct iovec* pieces, int n more) {        \
        const int error = fault_descriptor(class, #name, file);             \
        FAIL_WITH(error, -1);                                               \
        if (error == SHORT && n > 0) {                                      \
            struct iovec first = pieces[0];                                 \
            first.iov_len = shortened(first.iov_len);                       \
            if (first.iov_len > 0) return syscall(number, arguments_short); \
        }                                                                   \
        return syscall(number, arguments);                                  \
    }
#define AT_OFFSET , off64_t at
VECTOR(WRITE, writev, , SYS_writev, LIST_OF(file, pieces, n), LIST_OF(file, &first, 1))
VECTOR(READ, readv, , SYS_readv, LIST_OF(file, pieces, n), LIST_OF(file, &first, 1))
VECTOR(WRITE, pwritev, AT_OFFSET, SYS_pwritev, LIST_OF(file, pieces, n, at, 0L),
       LIST_OF(file, &first, 1, at, 0L))
VECTOR(WRITE, pwritev64, AT_OFFSET, SYS_pwritev, LIST_OF(file, pieces, n, at, 0L),
       LIST_OF(file, &first, 1, at, 0L))
VECTOR(READ, preadv, AT_OFFSET, SYS_preadv, LIST_OF(file, pieces, n, at, 0L),
       LIST_OF(file, &first, 1, at, 0L))
VECTOR(READ, preadv64, AT_OFFSET, SYS_preadv, LIST_OF(file, pieces, n, at, 0L),
       LIST_OF(file, &first, 1, at, 0L))

#define SEND(name)                                              \
    ssize_t name(int file, int from, off_t* at, size_t size);   \
    ssize_t name(int file, int from, off_t* at, size_t size) {  \
        const int error = fault_descriptor(WRITE, #name, file); \
        FAIL_WITH(error, -1);                                   \
        if (error == SHORT) size = shortened(size);             \
        return syscall(SYS_sendfile, file, from, at, size);     \
    }
SEND(sendfile)
SEND(sendfile64)

ssize_t copy_file_range(int from, off64_t* from_at, int file, off64_t* at, size_t size,
                        unsigned flags) {
    const int error = fault_descriptor(WRITE, "copy_file_range", file);
    FAIL_WITH(error, -1);
    if (error == SHORT) size = shortened(size);
    return syscall(SYS_copy_file_range, from, from_at, file, at, size, flags);
}

#define MAP(name)                                                                         \
    void* name(void* place, size_t size, int protection, int flags, int file, off_t at) { \
        if ((flags & MAP_ANONYMOUS) == 0)                                                 \
            FAIL_WITH(fault_descriptor(READ, #name, file), MAP_FAILED);                   \
        return (void*)syscall(SYS_mmap, place, size, protection, flags, file, at);        \
    }
MAP(mmap)
MAP(mmap64)

/* --- sync, truncate, lock ------------------------------------------------------------------------
 */

#define ON_DESCRIPTOR(class, name, parameters, number, arguments) \
    int name parameters;                                          \
    int name parameters {                                         \
        FAIL_WITH(fault_descriptor(class, #name, file), -1);      \
        return (int)syscall(number, arguments);                   \
    }
ON_DESCRIPTOR(SYNC, fsync, (int file), SYS_fsync, file)
ON_DESCRIPTOR(SYNC, fdatasync, (int file), SYS_fdatasync, file)
ON_DESCRIPTOR(SYNC, syncfs, (int file), SYS_syncfs, file)
ON_DESCRIPTOR(SYNC, sync_file_range, (int file, off64_t at, off64_t size, unsigned flags),
              SYS_sync_file_range, LIST_OF(file, at, size, flags))
ON_DESCRIPTOR(TRUNCATE, ftruncate, (int file, off_t size), SYS_ftruncate, LIST_OF(file, size))
ON_DESCRIPTOR(TRUNCATE, ftruncate64, (int file, off64_t size), SYS_ftruncate, LIST_OF(file, size))
ON_DESCRIPTOR(TRUNCATE, fallocate, (int file, int mode, off_t at, off_t size), SYS_fallocate,
              LIST_OF(file, mode, at, size))
ON_DESCRIPTOR(TRUNCATE, fallocate64, (int file, int mode, off64_t at, off64_t size), SYS_fallocate,
              LIST_OF(file, mode, at, size))
ON_DESCRIPTOR(LOCK, flock, (int file, int operation), SYS_flock, LIST_OF(file, operation))

/* These return the error itself. */
#define ALLOCATE_FILE(name)                                                \
    int name(int file, off_t at, off_t size) {                             \
        const int error = fault_descriptor(TRUNCATE, #name, file);         \
        if (error > 0) return error;                                       \
        return syscall(SYS_fallocate, file, 0, at, size) == 0 ? 0 : errno; \
    }
ALLOCATE_FILE(posix_fallocate)
ALLOCATE_FILE(posix_fallocate64)

#define ON_PATH_TRUNCATE(name)                                      \
    int name(const char* path, off_t size) {                        \
        FAIL_WITH(fault_path(TRUNCATE, #name, AT_FDCWD, path), -1); \
        return (int)syscall(SYS_truncate, path, size);              \
    }
ON_PATH_TRUNCATE(truncate)
ON_PATH_TRUNCATE(truncate64)

#define LOCKF(name)                                         \
    int name(int file, int command, off_t size) {           \
        static int (*real)(int, int, off_t);                \
        if (real == NULL) FIND(real, #name);                \
        FAIL_WITH(fault_descriptor(LOCK, #name, file), -1); \
        return real(file, command, size);                   \
    }
LOCKF(lockf)
LOCKF(lockf64)

#define FCNTL(name)                                                                           \
    int name(int file, int command, ...);                                                     \
    int name(int file, int command, ...) {                                                    \
        va_list list;                                                                         \
        va_start(list, command);                                                              \
        void* const argument = va_arg(list, void*);                                           \
        va_end(list);                                                                         \
        const bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK || \
                           command == F_OFD_SETLK || command == F_OFD_SETLKW ||               \
                           command == F_OFD_GETLK;                                            \
        if (locks) FAIL_WITH(fault_descriptor(LOCK, #name, file), -1);                        \
        const int result = (int)syscall(SYS_fcntl, file, command, argument);                  \
        if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && result >= 0)                \
            track_copy(file, result);                                                         \
        return result;                                                                        \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
FCNTL(__fcntl)

/* --- names ------------------------------------------------------------------------------------ */

static int rename_at(int from_folder, const char* from, int to_folder, const char* to,
                     unsigned flags, const char* call) {
    if (counts_path(from_folder, from) || counts_path(to_folder, to))
        FAIL_WITH(fault(RENAME, call, to, -1), -1);
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
int rename(const char* from, const char* to) {
    return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0, "rename");
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    return rename_at(from_folder, from, to_folder, to, 0, "renameat");
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
    return rename_at(from_folder, from, to_folder, to, flags, "renameat2");
}

static int unlink_at(int folder, const char* path, int flags, const char* call) {
    FAIL_WITH(fault_path(UNLINK, call, folder, path), -1);
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}
int unlink(const char* path) {
    return unlink_at(AT_FDCWD, path, 0, "unlink");
}
int unlinkat(int folder, const char* path, int flags) {
    return unlink_at(folder, path, flags, "unlinkat");
}
int rmdir(const char* path) {
    return unlink_at(AT_FDCWD, path, AT_REMOVEDIR, "rmdir");
}
int remove(const char* path) {
    FAIL_WITH(fault_path(UNLINK, "remove", AT_FDCWD, path), -1);
    if (syscall(SYS_unlinkat, AT_FDCWD, path, 0) == 0) return 0;
    if (errno != EISDIR) return -1;
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

static int mkdir_at(int folder, const char* path, mode_t mode, const char* call) {
    FAIL_WITH(fault_path(MKDIR, call, folder, path), -1);
    return (int)syscall(SYS_mkdirat, folder, path, mode);
}
int mkdir(const char* path, mode_t mode) {
    return mkdir_at(AT_FDCWD, path, mode, "mkdir");
}
int mkdirat(int folder, const char* path, mode_t mode) {
    return mkdir_at(folder, path, mode, "mkdirat");
}
char* mkdtemp(char* path) {
    static char* (*real)(char*);
    if (real == NULL) FIND(real, "mkdtemp");
    FAIL_WITH(fault_path(MKDIR, "mkdtemp", AT_FDCWD, path), NULL);
    return real(path);
}

int linkat(int from_folder, const char* from, int folder, const char* path, int flags) {
    FAIL_WITH(fault_path(LINK, "linkat", folder, path), -1);
    return (int)syscall(SYS_linkat, from_folder, from, folder, path, flags);
}
int link(const char* from, const char* path) {
    FAIL_WITH(fault_path(LINK, "link", AT_FDCWD, path), -1);
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, path, 0);
}
int symlinkat(const char* text, int folder, const char* path) {
    FAIL_WITH(fault_path(LINK, "symlinkat", folder, path), -1);
    return (int)syscall(SYS_symlinkat, text, folder, path);
}
int symlink(const char* text, const char* path) {
    FAIL_WITH(fault_path(LINK, "symlink", AT_FDCWD, path), -1);
    return (int)syscall(SYS_symlinkat, text, AT_FDCWD, path);
}

#define STAT_PATH(name, type)                                   \
    int name(const char* path, struct type* result) {           \
        static int (*real)(const char*, struct type*);          \
        if (real == NULL) FIND(real, #name);                    \
        FAIL_WITH(fault_path(STAT, #name, AT_FDCWD, path), -1); \
        return real(path, result);                              \
    }
#define STAT_DESCRIPTOR(name, type)                         \
    int name(int file, struct type* result) {               \
        static int (*real)(int, struct type*);              \
        if (real == NULL) FIND(real, #name);                \
        FAIL_WITH(fault_descriptor(STAT, #name, file), -1); \
        return real(file, result);                          \
    }
#define STAT_AT(name, type)                                                        \
    int name(int folder, const char* path, struct type* result, int flags) {       \
        static int (*real)(int, const char*, struct type*, int);                   \
        if (real == NULL) FIND(real, #name);                                       \
        const int error = path[0] == '\0' ? fault_descriptor(STAT, #name, folder)  \
                                          : fault_path(STAT, #name, folder, path); \
        FAIL_WITH(error, -1);                                                      \
        return real(folder, path, result, flags);                                  \
    }
STAT_PATH(stat, stat)
STAT_PATH(stat64, stat64)
STAT_PATH(lstat, stat)
STAT_PATH(lstat64, stat64)
STAT_DESCRIPTOR(fstat, stat)
STAT_DESCRIPTOR(fstat64, stat64)
STAT_AT(fstatat, stat)
STAT_AT(fstatat64, stat64)

int statx(int folder, const char* path, int flags, unsigned mask, struct statx* result) {
    const int error = path[0] == '\0' ? fault_descriptor(STAT, "statx", folder)
                                      : fault_path(STAT, "statx", folder, path);
    FAIL_WITH(error, -1);
    return (int)syscall(SYS_statx, folder, path, flags, mask, result);
}
int access(const char* path, int mode) {
    FAIL_WITH(fault_path(STAT, "access", AT_FDCWD, path), -1);
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}
int faccessat(int folder, const char* path, int mode, int flags) {
    static int (*real)(int, const char*, int, int);
    if (real == NULL) FIND(real, "faccessat");
    FAIL_WITH(fault_path(STAT, "faccessat", folder, path), -1);
    return real(folder, path, mode, flags);
}

/* --- folders ---------------------------------------------------------------------------------- */

DIR* opendir(const char* path) {
    static DIR* (*real)(const char*);
    if (real == NULL) FIND(real, "opendir");
    const bool counted = counts_path(AT_FDCWD, path);
    if (counted) FAIL_WITH(fault(OPEN_READ, "opendir", path, -1), NULL);
    DIR* const folder = real(path);
    if (folder != NULL) track(dirfd(folder), counted);
    return folder;
}
#define READ_FOLDER(name, type)                                        \
    struct type* name(DIR* folder) {                                   \
        static struct type* (*real)(DIR*);                             \
        if (real == NULL) FIND(real, #name);                           \
        FAIL_WITH(fault_descriptor(LIST, #name, dirfd(folder)), NULL); \
        return real(folder);                                           \
    }
READ_FOLDER(readdir, dirent)
READ_FOLDER(readdir64, dirent64)
int closedir(DIR* folder) {
    static int (*real)(DIR*);
    if (real == NULL) FIND(real, "closedir");
    track(dirfd(folder), false);
    return real(folder);
}

/* --- streams ---------------------------------------------------------------------------------- */

static int descriptor_of(void* cookie) {
    return (int)((FILE * _Atomic*)cookie - streams);
}

static ssize_t stream_read(void* cookie, char* data, size_t size) {
    return read(descriptor_of(cookie), data, size);
}

/* As the C library does it: short writes are gone on with, an error ends it. */
static ssize_t stream_write(void* cookie, const char* data, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t n = write(descriptor_of(cookie), data + done, size - done);
        if (n < 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int stream_seek(void* cookie, off64_t* position, int whence) {
    const long result = syscall(SYS_lseek, descriptor_of(cookie), *position, whence);
    if (result < 0) return -1;
    *position = result;
    return 0;
}

static int stream_close(void* cookie) {
    const int descriptor = descriptor_of(cookie);
    atomic_store(&streams[descriptor], NULL);
    return close_counted(descriptor, "fclose");
}

static FILE* open_stream(int descriptor, const char* mode) {
    if (descriptor < 0 || descriptor >= N_DESCRIPTORS) return NULL;
    const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek, stream_close};
    FILE* const stream = fopencookie((void*)&streams[descriptor], mode, functions);
    if (stream == NULL) return NULL;
    int most = atomic_load(&most_streams);
    while (most < descriptor + 1 &&
           !atomic_compare_exchange_weak(&most_streams, &most, descriptor + 1)) {
    }
    atomic_store(&streams[descriptor], stream);
    return stream;
}

static FILE* open_file_stream(const char* path, const char* mode, const char* call) {
    const bool both = strchr(mode, '+') != NULL;
    int flags = both ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    if (mode[0] == 'w') flags |= O_CREAT | O_TRUNC;
    if (mode[0] == 'a') flags |= O_CREAT | O_APPEND;
    if (strchr(mode, 'x') != NULL) flags |= O_EXCL;
    if (strchr(mode, 'e') != NULL) flags |= O_CLOEXEC;
    const int descriptor = open_at(AT_FDCWD, path, flags, 0666, call);
    if (descriptor < 0) return NULL;
    /* As the C library does it, so that ftell tells the size. */
    if (mode[0] == 'a' && !both) syscall(SYS_lseek, descriptor, 0L, SEEK_END);
    FILE* const stream = open_stream(descriptor, mode);
    if (stream == NULL) {
        track(descriptor, false);
        syscall(SYS_close, descriptor);
        errno = ENOMEM;
    }
    return stream;
}

#define FOPEN(name)                                                                  \
    FILE* name(const char* path, const char* mode) {                                 \
        static FILE* (*real)(const char*, const char*);                              \
        if (counts_path(AT_FDCWD, path)) return open_file_stream(path, mode, #name); \
        if (real == NULL) FIND(real, #name);                                         \
        return real(path, mode);                                                     \
    }
FOPEN(fopen)
FOPEN(fopen64)

FILE* fdopen(int descriptor, const char* mode) {
    static FILE* (*real)(int, const char*);
    if (counts_descriptor(descriptor)) return open_stream(descriptor, mode);
    if (real == NULL) FIND(real, "fdopen");
    return real(descriptor, mode);
}

#define FILENO(name)                                          \
    int name(FILE* stream) {                                  \
        static int (*real)(FILE*);                            \
        const int most = atomic_load(&most_streams);          \
        for (int k = 0; k < most; ++k)                        \
            if (atomic_load(&streams[k]) == stream) return k; \
        if (real == NULL) FIND(real, #name);                  \
        return real(stream);                                  \
    }
FILENO(fileno)
FILENO(fileno_unlocked)

/* --- memory ----------------------------------------------------------------------------------- */

/* operator new of libstdc++ comes here too. */
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t n, size_t size);
extern void* __libc_realloc(void* memory, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static bool no_memory(const char* call) {
    if (!atomic_load_explicit(&in_main, memory_order_relaxed)) return false;
    if (fault(ALLOCATE, call, "", -1) == NO_FAULT) return false;
    errno = ENOMEM;
    return true;
}

void* malloc(size_t size) {
    return no_memory("malloc") ? NULL : __libc_malloc(size);
}
void* calloc(size_t n, size_t size) {
    return no_memory("calloc") ? NULL : __libc_calloc(n, size);
}
void* realloc(void* memory, size_t size) {
    return no_memory("realloc") ? NULL : __libc_realloc(memory, size);
}
void* reallocarray(void* memory, size_t n, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(memory, bytes);
}
void* memalign(size_t alignment, size_t size);
void* memalign(size_t alignment, size_t size) {
    return no_memory("memalign") ? NULL : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
    return no_memory("aligned_alloc") ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) {
    if (no_memory("posix_memalign")) return ENOMEM;
    void* const found = __libc_memalign(alignment, size);
    if (found == NULL) return ENOMEM;
    *memory = found;
    return 0;
}
