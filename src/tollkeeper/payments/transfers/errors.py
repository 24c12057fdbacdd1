"""Why a proof of payment is not taken. Customers read the sentences, so whoever raises these gives a translated one."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class BadProof(Refusal):
    """This file cannot be taken as a proof of payment."""

    code = "bad_proof"
    remedy = "Choose another file: a PDF, or a picture as JPEG or PNG."
    http_status = 422


class EmptyProof(BadProof):
    """The file is empty."""

    code = "proof_empty"
    remedy = "Save it again, or take a photograph, and choose that file."


class ProofTooLarge(BadProof):
    """The file is too large."""

    code = "proof_too_large"
    remedy = "Send a smaller photograph, or only the page that shows the payment."
    http_status = 413


class WrongKind(BadProof):
    """The file is neither a PDF nor a picture as JPEG or PNG."""

    code = "proof_wrong_kind"
    remedy = "Save it as PDF, or take a photograph or a screenshot of it."
    http_status = 415


class UnreadableProof(BadProof):
    """The file cannot be read."""

    code = "proof_unreadable"
    remedy = "Save it again without a password, or take a photograph of it."


class TooManyPixels(BadProof):
    """The picture has too many pixels."""

    code = "proof_too_many_pixels"
    remedy = "Save the picture smaller, or take a screenshot of it."


class TooManyProofs(BadProof):
    """This order has as many files as it can have."""

    code = "proof_too_many"
    remedy = "Wait for the answer of staff, or write to the shop."
    http_status = 409


class NoRoomForProof(Refusal):
    """There is no room left to keep the file."""

    code = "proof_no_room"
    remedy = "Free some space on the disk that holds the data folder."
    http_status = 507


class ProofDeskBusy(Refusal):
    """Many files are being checked at this moment."""

    code = "proof_desk_busy"
    remedy = "Wait a minute and send the file again."
    http_status = 503


class NoSuchProof(Refusal):
    """There is no such proof of payment."""

    code = "no_such_proof_of_payment"
    remedy = "Open the proof from the list of approvals."
    http_status = 404


class ProofRemoved(NoSuchProof):
    """The file of this proof was removed: its time was over. Its SHA-256, size and kind are kept."""

    code = "proof_removed"
    remedy = "Compare the SHA-256 on the payment's page with a copy of the customer's."
    http_status = 410


class NewProofArrived(Refusal):
    """The customer has handed in another proof in the meantime."""

    code = "proof_arrived"
    remedy = "Reload the page, look at the new proof, then decide."
