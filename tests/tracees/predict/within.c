// i386's calls within socketcall(2) and ipc(2): shown as what they stand for. x86-64 has numbers for all of them.
#include "predict.h"
#include <linux/net.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>

#ifdef __i386__
enum { SEMOP = 1, SEMGET, SEMCTL, SEMTIMEDOP, SHMAT = 21, SHMDT, SHMGET, SHMCTL };  // linux/ipc.h
#define within(which, ...) call(socketcall, which, ((long[]){__VA_ARGS__}))

static void sockets(void) {
  int pair[2];
  char buffer[8];
  char* into = buffer;
  const long made = within(SYS_SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, (long)pair);
  expect(made, "socketpair(AF_UNIX, SOCK_DGRAM, 0, [%d, %d])", pair[0], pair[1]);
  expect(within(SYS_SEND, pair[0], (long)"hello", 5, MSG_DONTWAIT), "send(%d, \"hello\", 5, MSG_DONTWAIT)", pair[0]);
  expect(within(SYS_RECV, pair[1], (long)into, 8, MSG_PEEK), "recv(%d, \"hello\", 8, MSG_PEEK)", pair[1]);
  expect(within(SYS_RECV, pair[1], (long)into, 2, 0), "recv(%d, \"he\", 2, 0)", pair[1]);
  expect(within(SYS_RECV, pair[1], (long)into, 2, MSG_DONTWAIT), "recv(%d, %p, 2, MSG_DONTWAIT)", pair[1], (void*)into);
  expect(within(SYS_ACCEPT, pair[0], 0, 0), "accept(%d, NULL, NULL)", pair[0]);
  expect(call(socketcall, SYS_ACCEPT, 1), "socketcall(SYS_ACCEPT, 0x1)");
  expect(call(socketcall, 99, 1), "socketcall(99, 0x1)");
}

static void ipcs(void) {
  struct sembuf up = {0, 1, IPC_NOWAIT};
  struct {
    long sec, nsec;
  } span = {1, 5};
  const long set = call(ipc, SEMGET, IPC_PRIVATE, 1, 0600, 0, 0);
  expect(set, "semget(IPC_PRIVATE, 1, 0600)");
  expect(call(ipc, SEMOP, set, 1, 0, &up, 0), "semop(%ld, [{sem_num=0, sem_op=1, sem_flg=IPC_NOWAIT}], 1)", set);
  expect(call(ipc, SEMTIMEDOP, set, 1, 0, &up, &span),
         "semtimedop(%ld, [{sem_num=0, sem_op=1, sem_flg=IPC_NOWAIT}], 1, {tv_sec=1, tv_nsec=5})", set);
  const long unused = 5;
  unlike_strace_6_1("the word that semctl's last argument points to is the argument");
  expect(call(ipc, SEMCTL, set, 0, IPC_RMID, &unused, 0), "semctl(%ld, 0, IPC_RMID, 0x5)", set);
  const long memory = call(ipc, SHMGET, IPC_PRIVATE, 4096, 0600, 0, 0);
  expect(memory, "shmget(IPC_PRIVATE, 4096, 0600)");
  void* at = NULL;
  const long attached = call(ipc, SHMAT, memory, SHM_RDONLY, &at, 0, 0);
  char result[32];
  snprintf(result, sizeof result, "%p", at);
  CHECK(attached == 0);
  expect_result(result, "shmat(%ld, NULL, SHM_RDONLY)", memory);
  expect(call(ipc, SHMDT, 0, 0, 0, at, 0), "shmdt(%p)", at);
  expect(call(ipc, SHMAT, -1, 0, &at, 0x1000, 0), "shmat(-1, 0x1000, 0)");
  expect(call(ipc, SHMCTL, memory, IPC_RMID, 0, 0, 0), "shmctl(%ld, IPC_RMID, NULL)", memory);
  expect(call(ipc, 99, 1, 2, 3, 4, 5), "ipc(99, 0x1, 0x2, 0x3, 0x4, 0x5)");
}
#else
static void sockets(void) {
  expect(call(accept, -1, NULL, NULL), "accept(-1, NULL, NULL)");
}
static void ipcs(void) {
  expect(call(semop, -1, NULL, 1), "semop(-1, NULL, 1)");
  expect(call(shmat, -1, 0x1000, 0), "shmat(-1, 0x1000, 0)");
}
#endif

int main(void) {
  begin();
  sockets();
  ipcs();
  end();
}
