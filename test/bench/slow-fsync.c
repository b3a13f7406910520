/* Loaded before libc (LD_PRELOAD): counts every fsync, and makes it slower by BENCH_FSYNC_US microseconds.
   BENCH_FSYNC_COUNT names a file of eight bytes that holds the count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static atomic_long *count;
static long delay_us;

__attribute__((constructor)) static void begin(void) {
  const char *delay = getenv("BENCH_FSYNC_US");
  const char *path = getenv("BENCH_FSYNC_COUNT");
  delay_us = delay ? atol(delay) : 0;
  int fd = path ? open(path, O_RDWR) : -1;
  if (fd < 0) return;
  void *shared = mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED) count = shared;
}

static void slow(void) {
  if (count) atomic_fetch_add(count, 1);
  if (delay_us == 0) return;
  struct timespec pause = {delay_us / 1000000, (delay_us % 1000000) * 1000};
  while (nanosleep(&pause, &pause) != 0) {
  }
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  slow();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  slow();
  return real(fd);
}
