/* Loaded before libc (LD_PRELOAD): a disk that can be told to fail, to be small, to be the last thing the process saw,
   and that writes down what was done to it. Files are those whose name contains "restante.db".

   DISK_LOG      a file that every write, truncation, sync, and every answer on a socket is appended to (see record)
   DISK_CONTROL  a file of two ints: which calls fail from now on (1 sync, 2 write, 4 read: with EIO), and how many did
   DISK_KILL     NAME:N kills the process at the Nth change to the file called NAME, half way through it
   DISK_SIZE     bytes that the folder of DISK_FOLDER may hold */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC_BEGIN, SYNC_END, ANSWER, UNLINK, FOLDER_SYNC };
enum { FAIL_SYNC = 1, FAIL_WRITE = 2, FAIL_READ = 4 };

static int log_fd = -1;
static atomic_int *control;
static const char *kill_name, *folder;
static long kill_at;
static atomic_long changes;
static long long size_limit = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_LOG");
  if (path) log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  path = getenv("DISK_CONTROL");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd >= 0) {
    void *shared = mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) control = shared;
    close(fd);
  }
  const char *kills = getenv("DISK_KILL");
  const char *colon = kills ? strrchr(kills, ':') : 0;
  if (colon) {
    kill_name = strndup(kills, colon - kills);
    kill_at = atol(colon + 1);
  }
  folder = getenv("DISK_FOLDER");
  if (folder && getenv("DISK_SIZE")) size_limit = atoll(getenv("DISK_SIZE"));
}

/* The last part of the file's name, or null for what is none of the database's. */
static const char *name_of(int fd, char *room, size_t size) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, room, size - 1);
  if (length <= 0) return 0;
  room[length] = 0;
  const char *slash = strrchr(room, '/');
  return slash && strstr(slash, "restante.db") ? slash + 1 : 0;
}

/* kind, length of the name, two zeros, length of the data, offset (or port), name, data: little-endian. */
static void record(int kind, const char *name, uint64_t offset, const void *data, uint32_t length) {
  if (log_fd < 0) return;
  struct __attribute__((packed)) {
    uint8_t kind, name;
    uint16_t zero;
    uint32_t length;
    uint64_t offset;
  } head = {kind, strlen(name), 0, length, offset};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name}, {(void *)data, length}};
  pthread_mutex_lock(&turn);
  syscall(SYS_writev, log_fd, parts, 3);
  pthread_mutex_unlock(&turn);
}

static int fails(int what) {
  if (!control || !(atomic_load(&control[0]) & what)) return 0;
  atomic_fetch_add(&control[1], 1);
  errno = EIO;
  return 1;
}

/* Whether the process ends with this change. */
static int is_last(const char *name) {
  return kill_name && strcmp(name, kill_name) == 0 && atomic_fetch_add(&changes, 1) + 1 == kill_at;
}

static void end(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static long long used(void) {
  DIR *open = opendir(folder);
  if (!open) return 0;
  long long sum = 0;
  struct stat found;
  for (struct dirent *entry; (entry = readdir(open));)
    if (fstatat(dirfd(open), entry->d_name, &found, 0) == 0 && S_ISREG(found.st_mode)) sum += (found.st_size + 4095) & ~4095LL;
  closedir(open);
  return sum;
}

static int is_full(int fd, off_t end_of_write) {
  struct stat now;
  if (size_limit < 0 || fstat(fd, &now) != 0 || end_of_write <= now.st_size) return 0;
  if (used() + end_of_write - now.st_size <= size_limit) return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = REAL(pwrite64);
  char room[4096];
  const char *name = name_of(fd, room, sizeof room);
  if (!name) return real(fd, data, length, offset);
  if (fails(FAIL_WRITE) || is_full(fd, offset + length)) return -1;
  if (is_last(name)) {
    real(fd, data, length / 2, offset);
    end();
  }
  if (!strstr(name, "-shm")) record(WRITE, name, offset, data, length);
  return real(fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
  static ssize_t (*real)(int, void *, size_t, off64_t);
  if (!real) real = REAL(pread64);
  char room[4096];
  if (control && name_of(fd, room, sizeof room) && fails(FAIL_READ)) return -1;
  return real(fd, data, length, offset);
}

ssize_t pread(int fd, void *data, size_t length, off_t offset) { return pread64(fd, data, length, offset); }

int ftruncate64(int fd, off64_t length) {
  static int (*real)(int, off64_t);
  if (!real) real = REAL(ftruncate64);
  char room[4096];
  const char *name = name_of(fd, room, sizeof room);
  if (!name) return real(fd, length);
  if (fails(FAIL_WRITE) || is_full(fd, length)) return -1;
  if (is_last(name)) end();
  if (!strstr(name, "-shm")) record(TRUNCATE, name, length, 0, 0);
  return real(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  static int (*real)(int, off64_t, off64_t);
  if (!real) real = REAL(posix_fallocate64);
  return is_full(fd, offset + length) ? ENOSPC : real(fd, offset, length);
}

int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = REAL(unlink);
  const char *slash = strrchr(path, '/');
  if (slash && strstr(slash, "restante.db") && !strstr(slash, "-shm")) record(UNLINK, slash + 1, 0, 0, 0);
  return real(path);
}

static int folder_synced(int fd, int (*real)(int)) {
  struct stat found;
  int outcome = real(fd);
  if (outcome == 0 && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode)) record(FOLDER_SYNC, "", 0, 0, 0);
  return outcome;
}

static int synced(int fd, int (*real)(int)) {
  char room[4096];
  const char *name = name_of(fd, room, sizeof room);
  if (!name) return folder_synced(fd, real);
  if (fails(FAIL_SYNC)) return -1;
  if (is_last(name)) end();
  record(SYNC_BEGIN, name, 0, 0, 0);
  int outcome = real(fd);
  if (outcome == 0) record(SYNC_END, name, 0, 0, 0);
  return outcome;
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(fsync);
  return synced(fd, real);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(fdatasync);
  return synced(fd, real);
}

int statfs64(const char *path, struct statfs64 *found) {
  static int (*real)(const char *, struct statfs64 *);
  if (!real) real = REAL(statfs64);
  int outcome = real(path, found);
  if (outcome == 0 && size_limit >= 0) {
    long long left = size_limit - used();
    found->f_blocks = size_limit / found->f_bsize;
    found->f_bavail = found->f_bfree = left > 0 ? left / found->f_bsize : 0;
  }
  return outcome;
}

int statfs(const char *path, struct statfs *found) { return statfs64(path, (struct statfs64 *)found); }

/* Noted before it leaves: from then on somebody may have read it. */
static void answered(int fd, const void *data, size_t length) {
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  if (log_fd < 0 || length < 12 || memcmp(data, "HTTP/1.1 ", 9) != 0) return;
  if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0 || peer.sin_family != AF_INET) return;
  record(ANSWER, "", ntohs(peer.sin_port), (const char *)data + 9, 3);
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
  static ssize_t (*real)(int, const void *, size_t, int);
  if (!real) real = REAL(send);
  answered(fd, data, length);
  return real(fd, data, length, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  static ssize_t (*real)(int, const struct msghdr *, int);
  if (!real) real = REAL(sendmsg);
  if (message->msg_iovlen > 0) answered(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
  return real(fd, message, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = REAL(writev);
  if (count > 0) answered(fd, parts[0].iov_base, parts[0].iov_len);
  return real(fd, parts, count);
}
