# Children over pipes, signals and timers.   at_work.pl CHILDREN SIGNALS
use strict;
use warnings;
my ($children, $signals) = @ARGV;
my $sum = 0;
for my $n (1 .. $children) {
  my $pid = open(my $pipe, "-|") // die "fork: $!";
  if (!$pid) { print $n * $n, "\n"; exit 5; }
  $sum += <$pipe>;
  close $pipe;
  die "status $?" unless $? >> 8 == 5;
}
print "children $sum\n";
my $caught = 0;
$SIG{USR2} = sub { ++$caught };
kill USR2 => $$ for 1 .. $signals;
print "caught $caught\n";
my $alarms = 0;
$SIG{ALRM} = sub { ++$alarms };
alarm 1;
select(undef, undef, undef, 30);
print "alarms $alarms, interrupted: ", $!{EINTR} ? "yes" : "no", "\n";
