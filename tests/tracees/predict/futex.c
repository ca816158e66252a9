// Futexes: each operation, and what it does not use.
#include "predict.h"

int main(void) {
  static uint32_t word = 5, other;
  struct {
    long sec, nsec;
  } span = {0, 1000};
  begin();
  expect(call(futex, &word, FUTEX_WAKE, 1), "futex(%p, FUTEX_WAKE, 1)", (void*)&word);
  expect(call(futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX), "futex(%p, FUTEX_WAKE_PRIVATE, 2147483647)", (void*)&word);
  expect(call(futex, &word, FUTEX_WAIT, 6, NULL), "futex(%p, FUTEX_WAIT, 6, NULL)", (void*)&word);
  expect(call(futex, &word, FUTEX_WAIT_PRIVATE, 5, &span), "futex(%p, FUTEX_WAIT_PRIVATE, 5, {tv_sec=0, tv_nsec=1000})", (void*)&word);
  expect(call(futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 6, NULL, NULL, -1),
         "futex(%p, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 6, NULL, FUTEX_BITSET_MATCH_ANY)", (void*)&word);
  expect(call(futex, &word, FUTEX_CMP_REQUEUE, 1, 2, &other, 7), "futex(%p, FUTEX_CMP_REQUEUE, 1, 2, %p, 7)", (void*)&word, (void*)&other);
  expect(call(futex, &word, FUTEX_UNLOCK_PI), "futex(%p, FUTEX_UNLOCK_PI)", (void*)&word);
  expect(call(futex, 1, FUTEX_WAKE, 1), "futex(0x1, FUTEX_WAKE, 1)");
  expect(call(futex, &word, FUTEX_WAKE_OP, 1, 2, &other, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_GE, 7)),
         "futex(%p, FUTEX_WAKE_OP, 1, 2, %p, FUTEX_OP_ADD<<28|0x5<<12|FUTEX_OP_CMP_GE<<24|0x7)", (void*)&word, (void*)&other);
  expect(call(futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 2, &other, 10u << 28 | 1 << 24 | 1 << 12),
         "futex(%p, FUTEX_WAKE_OP_PRIVATE, 1, 2, %p, FUTEX_OP_OPARG_SHIFT<<28|FUTEX_OP_OR<<28|0x1<<12|FUTEX_OP_CMP_NE<<24|0)", (void*)&word, (void*)&other);
  expect(call(futex, &word, FUTEX_WAKE_OP, 1, 2, &other, 5 << 28 | 10 << 24 | 1),
         "futex(%p, FUTEX_WAKE_OP, 1, 2, %p, 0x5<<28 /* FUTEX_OP_??? */|0<<12|0xa<<24 /* FUTEX_OP_CMP_??? */|0x1)", (void*)&word, (void*)&other);
  end();
}
