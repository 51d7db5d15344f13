package io.forebay.reactor;

/** More bytes came than an operator lets through. */
public final class ByteLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String operator;
    private final long limitBytes;
    private final long seenBytes;

    ByteLimitExceededException(String operator, long limitBytes, long seenBytes) {
        super("more bytes than " + operator + " lets through: limit=" + limitBytes + ", seen=" + seenBytes);
        this.operator = operator;
        this.limitBytes = limitBytes;
        this.seenBytes = seenBytes;
    }

    /** The name of the operator whose limit it is. */
    public String operator() {
        return operator;
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** How many bytes were known to be there, or announced, when this was thrown; there may be more. */
    public long seenBytes() {
        return seenBytes;
    }
}
