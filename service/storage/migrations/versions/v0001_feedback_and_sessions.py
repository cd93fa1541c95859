"""Feedback on cards, and the sessions of SMART."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("card", sa.String(36), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_code", sa.String(256), nullable=True),
        sa.Column("reason_system", sa.String(1024), nullable=True),
        sa.Column(
            "comment",
            sa.Text(),
            nullable=True,
            comment="Free text of the user, which may speak of a patient: never logged, counted or passed on.",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("knowledge", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("card", "outcome", "outcome_at", name="uq_feedback_card"),
    )
    op.create_index("ix_feedback_service", "feedback", ["service"])
    op.create_table(
        "accepted_suggestion",
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("suggestion", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_accepted_suggestion_feedback_id_feedback", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feedback_id", "suggestion", name="pk_accepted_suggestion"),
    )
    op.create_table(
        "smart_session",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_smart_session"),
    )
    op.create_index("ix_smart_session_expires_at", "smart_session", ["expires_at"])


def downgrade() -> None:
    op.drop_table("smart_session")
    op.drop_table("accepted_suggestion")
    op.drop_table("feedback")
