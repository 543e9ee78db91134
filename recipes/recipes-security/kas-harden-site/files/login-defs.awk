# awk -f login-defs.awk SETTINGS - < login.defs: the file with the keys of
# SETTINGS set; a key it has only as a comment, or not at all, is added.
# Fails where login.defs sets a key twice.
BEGIN { status = 0 }
FNR == NR {
	if ($0 !~ /^#/ && NF == 2) { value[$1] = $2; order[++count] = $1 }
	next
}
!/^#/ && ($1 in value) {
	if (done[$1]++) { status = 1; print "login.defs sets " $1 " twice" > "/dev/stderr" }
	print $1 "\t" value[$1]
	next
}
{ print }
END {
	for (i = 1; i <= count; i++)
		if (!done[order[i]]) print order[i] "\t" value[order[i]]
	exit status
}
