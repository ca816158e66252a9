// Named threads that add.   AtWork THREADS
public class AtWork {
  public static void main(String[] words) throws Exception {
    final var sum = new java.util.concurrent.atomic.AtomicLong();
    final Thread[] threads = new Thread[Integer.parseInt(words[0])];
    for (int n = 0; n < threads.length; ++n) {
      final int own = n;
      threads[n] = new Thread(() -> sum.addAndGet(own), "adder-" + n);
      threads[n].start();
    }
    for (final Thread thread : threads) thread.join();
    System.out.println("sum " + sum);
  }
}
