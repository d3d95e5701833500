# The stand-in of one task, as relay.py is: perl -f relay.pl RUNDIR REQUEST DELAY PYTHON...
#
# It does what relay.py does as long as the host is there; whatever else comes, it becomes the command PYTHON, which
# takes it from there. It begins five times faster than Python, and each task needs one. Modules, pragmas among them,
# would cost that again: the tests check it with `strict` and `warnings`.

our ($rundir, $request, $delay, @python) = @ARGV;
our ($cancelled, $deadline, $told) = (0, 0, 0);
our ($incoming, $resume) = ('', undef);
our %pending = (1 => '', 2 => '');
# As in streams.py, which says what they are for: CANCEL_SECONDS, PAGE, BACKLOG.
our ($patience, $page, $backlog) = (4, 4096, 1 << 20);
# Of Linux: O_CREAT|O_WRONLY|O_TRUNC, and so on; F_SETPIPE_SZ is Linux's own.
our ($O_NEW, $O_NONBLOCK, $F_GETFL, $F_SETFL, $F_SETPIPE_SZ, $EAGAIN) = (01101, 2048, 3, 4, 1031, 11);
our %signals = (HUP => 1, INT => 2, TERM => 15);

become() if $delay ne '0' or "$rundir$request" =~ m{[^A-Za-z0-9_/.,:+\@=-]};
socket(our $host, 1, 1, 0) or become();
connect($host, pack('S a*', 1, "$rundir/host.sock")) or become();
$SIG{PIPE} = 'IGNORE';
for my $name (keys %signals) { $SIG{$name} = sub { cancel(128 + $signals{$name}) } }
open(our $out, '>&=', 1) and open(our $err, '>&=', 2) and open(our $in, '<&=', 0) or become();
our %stream = (1 => $out, 2 => $err);
# Whatever PERL_UNICODE or PERLIO say.
binmode($_) for $host, $out, $err, $in;
for my $file ($out, $err) { unblock($file); fcntl($file, $F_SETPIPE_SZ, $page) }
defined syswrite($host, qq({"v":1,"kind":"task","request":"$request","resume":null}\n)) or become();
unblock($host);
follow();

sub become {
    exec { $python[0] } @python, $rundir, $request, $delay, kept(), $cancelled;
    exit 127;
}

# What the next host has to know is too long for an argument, and nobody else's business.
sub kept {
    return '' if !defined $resume || !sysopen(our $file, "$request.resume", $O_NEW, 0600);
    my $written = syswrite($file, $resume);
    return defined $written && $written == length($resume) ? "$request.resume" : '';
}

sub unblock { fcntl($_[0], $F_SETFL, fcntl($_[0], $F_GETFL, 0) | $O_NONBLOCK) }

# Remembers the first reason to stop, and for how long to wait from now on.
sub cancel { ($cancelled, $deadline) = ($_[0], time() + $patience) if !$cancelled }

sub follow {
    our $listens = 1;
    while (1) {
        if ($cancelled && !$told) { $told = 1; syswrite($host, 'c') }
        exit $cancelled if $cancelled && time() >= $deadline;
        my ($readable, $writable) = ('', '');
        vec($readable, fileno($host), 1) = 1 if length($pending{1}) + length($pending{2}) <= $backlog;
        vec($readable, 0, 1) = 1 if $listens;
        for my $number (1, 2) { vec($writable, $number, 1) = 1 if length $pending{$number} }
        # A signal just before it would be seen after it only.
        next if select($readable, $writable, undef, $cancelled ? 0.2 : 1) < 0;
        put($writable);
        # Nobody ever writes to standard input: that it ends says that the runtime is gone.
        if ($listens && vec($readable, 0, 1) && !sysread($in, my $nothing, 65536)) { $listens = 0; cancel(143) }
        take() if vec($readable, fileno($host), 1);
    }
}

# Writes one line to each stream whose last line the runtime has taken: of several it would show the first only.
sub put {
    my ($writable) = @_;
    for my $number (1, 2) {
        next if !vec($writable, $number, 1) || !length $pending{$number};
        my $end = index($pending{$number}, "\n");
        my $length = $end < 0 || $end >= $page ? $page : $end + 1;
        my $done = syswrite($stream{$number}, $pending{$number}, $length);
        if (defined $done) { substr($pending{$number}, 0, $done) = '' }
        elsif ($! != $EAGAIN) { $pending{$number} = ''; cancel(143) }
    }
}

sub flush {
    my $until = time() + ($cancelled ? $patience : 3600);
    while ((length($pending{1}) || length($pending{2})) && time() < $until) {
        my $writable = '';
        for my $number (1, 2) { vec($writable, $number, 1) = 1 if length $pending{$number} }
        put($writable) if select(undef, $writable, undef, 1) > 0;
    }
}

# Takes what the host says: a type, a length of four bytes, a payload.
sub take {
    my $count = sysread($host, $incoming, 65536, length $incoming);
    return if !defined $count && $! == $EAGAIN;
    lost() if !$count;
    while (length($incoming) >= 5) {
        my ($kind, $size) = unpack('a N', $incoming);
        return if length($incoming) < 5 + $size;
        my $payload = substr($incoming, 5, $size);
        substr($incoming, 0, 5 + $size) = '';
        if ($kind eq 'o') { $pending{1} .= $payload }
        elsif ($kind eq 'e') { $pending{2} .= $payload }
        elsif ($kind eq 'r') { $resume = $payload }
        elsif ($kind eq 'x') { leave($payload) }
    }
}

sub leave {
    my $code = $_[0] < 0 ? 128 - $_[0] : $_[0];
    # The runtime explains only deaths it has seen itself.
    $pending{2} .= "Task failed with a segmentation fault.\n" if $code == 139;
    flush();
    exit($cancelled || $code);
}

# Also where it is not wanted any more: a host that is started again stops its job.
sub lost {
    flush();
    become();
}
