# Pipelines, traps, background jobs, substitutions and here-documents.   traps.sh ROUNDS
caught=0
trap 'caught=$((caught + 1))' USR1
trap 'echo "caught $caught"' EXIT
for ((round = 1; round <= $1; ++round)); do
  seq 1 50 | sort -rn | head -1
  kill -USR1 $$
  (exit 7) & wait $!
  echo "status $?"
  diff <(echo same) <(echo same) && echo "$(cat <<< "round $round")"
done
sh -c 'kill -TERM $$'
echo "killed: $?"
exit 3
