package io.forebay.pool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tree of budgets as one would write it for one thread and without a care for cost: a list of who waits. */
final class BudgetModel {
    /** A budget of the model. */
    static final class Node {
        final @Nullable Node parent;
        long limit;
        long used;
        boolean passable; // while waiters are looked at: nobody stands here

        Node(@Nullable Node parent, long limit) {
            this.parent = parent;
            this.limit = limit;
        }

        boolean isBelow(Node other) {
            Node at = this;
            while (at != null && at != other) {
                at = at.parent;
            }
            return at == other;
        }
    }

    /** Who waits: the request's number, what it asks and of whom. */
    record Wait(int id, Node node, long bytes) {}

    final List<Node> nodes = new ArrayList<>();
    final List<Wait> waits = new ArrayList<>();
    final List<Integer> granted = new ArrayList<>();
    final List<Integer> failed = new ArrayList<>();

    Node add(@Nullable Node parent, long limit) {
        Node node = new Node(parent, limit);
        nodes.add(node);
        return node;
    }

    boolean tryReserve(Node node, long bytes) {
        letIn(); // no effect but to say who stands where
        return pass(node, bytes) == null;
    }

    /** Returns whether the request was accepted. */
    boolean ask(int id, Node node, long bytes) {
        for (Node at = node; at != null; at = at.parent) {
            if (bytes > at.limit) {
                return false;
            }
        }
        waits.add(new Wait(id, node, bytes));
        letIn();
        return true;
    }

    void release(Node node, long bytes) {
        for (Node at = node; at != null; at = at.parent) {
            at.used -= bytes;
        }
        letIn();
    }

    boolean cancel(int id) {
        boolean waited = waits.removeIf(wait -> wait.id() == id);
        letIn();
        return waited;
    }

    void setLimit(Node node, long limit) {
        node.limit = limit;
        for (Wait wait : List.copyOf(waits)) {
            if (wait.node().isBelow(node) && wait.bytes() > limit) {
                waits.remove(wait);
                failed.add(wait.id());
            }
        }
        letIn();
    }

    private void letIn() {
        nodes.forEach(node -> node.passable = true);
        for (Wait wait : List.copyOf(waits)) {
            Node obstacle = pass(wait.node(), wait.bytes());
            if (obstacle == null) {
                waits.remove(wait);
                granted.add(wait.id());
            } else {
                obstacle.passable = false;
            }
        }
    }

    private static @Nullable Node pass(Node node, long bytes) {
        for (Node at = node; at != null; at = at.parent) {
            if (!at.passable || at.used + bytes > at.limit) {
                return at;
            }
        }
        for (Node at = node; at != null; at = at.parent) {
            at.used += bytes;
        }
        return null;
    }
}
