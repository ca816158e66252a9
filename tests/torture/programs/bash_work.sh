# Pipelines, traps, background jobs and here-documents of one bash. Must be true: every sum is right, every trap runs once, every status arrives.
fail() { echo "FAIL $*"; exit 1; }
traps=0
trap 'traps=$((traps + 1))' USR1
echo ready
rounds=0
while ! { read -r -t 0.001 line || [ $? -le 128 ]; }; do
  rounds=$((rounds + 1))
  sum=$(seq 1 200 | sort -n | awk '{ s += $1 } END { print s }') || fail "pipeline: $?"
  [ "$sum" = 20100 ] || fail "sum is '$sum'"
  kill -USR1 $$
  (exit 7) & wait $!
  status=$?
  [ $status = 7 ] || fail "status is $status"
  [ "$traps" = "$rounds" ] || fail "$traps traps in $rounds rounds"
  [ "$(cat <<< "$rounds")" = "$rounds" ] || fail "here-string"
done
echo "ok rounds=$rounds"
