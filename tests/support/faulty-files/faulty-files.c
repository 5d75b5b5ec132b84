/*
 * A layer between a process and its files, put in by LD_PRELOAD: counts what is written below one folder and lets one of
 * these calls go wrong, as disks and power supplies do.
 *
 *   FAULTY_FOLDER   absolute path; only files below it count
 *   FAULTY_AT       number of the call that goes wrong, from 1; 0: none
 *   FAULTY_KIND     torn      half of the write arrives, then the process dies as when the power goes
 *                   cut       the process dies before the call
 *                   short     half of the write arrives and the call says so
 *                   full      ENOSPC, at this call and at every later one that needs room
 *                   once      ENOSPC at this call alone
 *                   sync      EIO at this call or the next one that flushes
 *                   readonly  EROFS, at this call and at every later one
 *   FAULTY_COUNT    file that is told the number of calls when the process ends by itself
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, TORN, CUT, SHORT, FULL, ONCE, SYNC, READONLY };
enum call { WRITES, FLUSHES, CHANGES };

static char folder[PATH_MAX];
static size_t folder_length;
static long fault_at;
static enum kind kind;
static long calls;
static int struck;

static const char *const names[] = {"none", "torn", "cut", "short", "full", "once", "sync", "readonly"};

__attribute__((constructor)) static void prepare(void) {
  const char *named = getenv("FAULTY_FOLDER");
  const char *at = getenv("FAULTY_AT");
  const char *wanted = getenv("FAULTY_KIND");
  if (named == NULL || realpath(named, folder) == NULL) return;
  folder_length = strlen(folder);
  fault_at = at == NULL ? 0 : atol(at);
  for (size_t i = 0; i < sizeof names / sizeof *names; i += 1)
    if (wanted != NULL && strcmp(wanted, names[i]) == 0) kind = (enum kind)i;
}

__attribute__((destructor)) static void tell(void) {
  const char *file = getenv("FAULTY_COUNT");
  if (file == NULL) return;
  FILE *out = fopen(file, "w");
  if (out == NULL) return;
  fprintf(out, "%ld\n", __atomic_load_n(&calls, __ATOMIC_SEQ_CST));
  fclose(out);
}

static int below(const char *path) {
  char whole[PATH_MAX];
  if (folder_length == 0 || path == NULL) return 0;
  if (path[0] != '/') {
    if (getcwd(whole, sizeof whole) == NULL) return 0;
    strncat(whole, "/", sizeof whole - strlen(whole) - 1);
    strncat(whole, path, sizeof whole - strlen(whole) - 1);
    path = whole;
  }
  return strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

static int fd_below(int fd) {
  char link[64], path[PATH_MAX];
  if (folder_length == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return below(path);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What becomes of this call: 0 as always, 1 half of it, else minus the error. Ends the process where the power goes. */
static int fate(enum call call) {
  long now = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  if (fault_at == 0 || now < fault_at) return 0;
  int here = now == fault_at;
  switch (kind) {
    case NONE: return 0;
    case TORN:
      if (here && call == WRITES) return 1;
      if (here) die();
      return 0;
    case CUT:
      if (here) die();
      return 0;
    case SHORT: return here && call == WRITES ? 1 : 0;
    case FULL: return call == FLUSHES ? 0 : -ENOSPC;
    case ONCE: return here && call != FLUSHES ? -ENOSPC : 0;
    case SYNC:
      if (call != FLUSHES || __atomic_exchange_n(&struck, 1, __ATOMIC_SEQ_CST)) return 0;
      return -EIO;
    case READONLY: return -EROFS;
  }
  return 0;
}

#define REAL(name) static __typeof__(name) *real; if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define WRITE_CALL(type, name, declared, passed, halved, fd)           \
  type name declared {                                                 \
    REAL(name);                                                        \
    if (!fd_below(fd)) return real passed;                             \
    int what = fate(WRITES);                                           \
    if (what < 0) { errno = -what; return -1; }                        \
    if (what == 1 && count > 1) {                                      \
      type done = real halved;                                         \
      if (kind == TORN) die();                                         \
      return done;                                                     \
    }                                                                  \
    if (what == 1 && kind == TORN) die();                              \
    return real passed;                                                \
  }

WRITE_CALL(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), (fd, bytes, count / 2), fd)
WRITE_CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), (fd, bytes, count / 2, at), fd)
WRITE_CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at), (fd, bytes, count / 2, at), fd)

/* A list of buffers: half of it is its first buffer, or half of the only one. */
static ssize_t first_half(int fd, const struct iovec *list, int length, off64_t at) {
  size_t count = length > 1 ? list[0].iov_len : list[0].iov_len / 2;
  REAL(pwrite64);
  ssize_t done = at < 0 ? write(fd, list[0].iov_base, count) : real(fd, list[0].iov_base, count, at);
  if (kind == TORN) die();
  return done;
}

ssize_t writev(int fd, const struct iovec *list, int length) {
  REAL(writev);
  if (length < 1 || !fd_below(fd)) return real(fd, list, length);
  int what = fate(WRITES);
  if (what < 0) { errno = -what; return -1; }
  return what == 1 ? first_half(fd, list, length, -1) : real(fd, list, length);
}

ssize_t pwritev(int fd, const struct iovec *list, int length, off_t at) {
  REAL(pwritev);
  if (length < 1 || !fd_below(fd)) return real(fd, list, length, at);
  int what = fate(WRITES);
  if (what < 0) { errno = -what; return -1; }
  return what == 1 ? first_half(fd, list, length, at) : real(fd, list, length, at);
}

ssize_t pwritev64(int fd, const struct iovec *list, int length, off64_t at) {
  REAL(pwritev64);
  if (length < 1 || !fd_below(fd)) return real(fd, list, length, at);
  int what = fate(WRITES);
  if (what < 0) { errno = -what; return -1; }
  return what == 1 ? first_half(fd, list, length, at) : real(fd, list, length, at);
}

#define PLAIN_CALL(name, declared, passed, call, is_ours)              \
  int name declared {                                                  \
    REAL(name);                                                        \
    if (!(is_ours)) return real passed;                                \
    int what = fate(call);                                             \
    if (what < 0) { errno = -what; return -1; }                        \
    return real passed;                                                \
  }

PLAIN_CALL(fsync, (int fd), (fd), FLUSHES, fd_below(fd))
PLAIN_CALL(fdatasync, (int fd), (fd), FLUSHES, fd_below(fd))
PLAIN_CALL(ftruncate, (int fd, off_t length), (fd, length), CHANGES, fd_below(fd))
PLAIN_CALL(ftruncate64, (int fd, off64_t length), (fd, length), CHANGES, fd_below(fd))
PLAIN_CALL(rename, (const char *from, const char *to), (from, to), CHANGES, below(to))
PLAIN_CALL(mkdir, (const char *path, mode_t mode), (path, mode), CHANGES, below(path))

#define OPEN_CALL(name)                                                                   \
  int name(const char *path, int flags, ...) {                                            \
    REAL(name);                                                                           \
    mode_t mode = 0;                                                                      \
    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {                            \
      va_list rest;                                                                       \
      va_start(rest, flags);                                                              \
      mode = va_arg(rest, mode_t);                                                        \
      va_end(rest);                                                                       \
    }                                                                                     \
    /* Only a file that is made needs room; one that is there is opened as always. */     \
    if ((flags & O_CREAT) && below(path) && access(path, F_OK) != 0) {                    \
      int what = fate(CHANGES);                                                           \
      if (what < 0) { errno = -what; return -1; }                                         \
    }                                                                                     \
    return real(path, flags, mode);                                                       \
  }
OPEN_CALL(open)
OPEN_CALL(open64)
