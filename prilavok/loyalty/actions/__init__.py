"""Everything that can be done in loyalty."""

from prilavok.loyalty.actions.accounts import change_programme, make_programme, open_accounts, open_pool
from prilavok.loyalty.actions.attempts import forget_attempts, forget_old_attempts
from prilavok.loyalty.actions.backtests import order_backtest, run_backtest
from prilavok.loyalty.actions.calculating import Calculated, calculate, forget_calculations
from prilavok.loyalty.actions.card_kinds import (
    add_cards,
    change_card_kind,
    make_card_kind,
    make_cards,
    order_cards,
)
from prilavok.loyalty.actions.cards import (
    activate_card,
    block_card,
    forget_cards,
    issue_card,
    replace_card,
    unblock_card,
)
from prilavok.loyalty.actions.codes import add_code, issue, make_codes, order_codes
from prilavok.loyalty.actions.corrections import (
    approve_correction,
    forget_corrections,
    propose_correction,
    reject_correction,
)
from prilavok.loyalty.actions.gift_cards import (
    block_gift_card,
    expire_gift_cards,
    forget_gift_cards,
    sell_gift_cards,
    take_gift_card_back,
    unblock_gift_card,
)
from prilavok.loyalty.actions.gift_kinds import (
    change_gift_kind,
    issue_gift_cards,
    make_gift_kind,
    order_gift_cards,
    tell_of_export,
)
from prilavok.loyalty.actions.gift_payments import GiftPaid, gift_balance
from prilavok.loyalty.actions.history import load_redemptions, load_series
from prilavok.loyalty.actions.promotions import (
    approve_promotion,
    ask_approval,
    change_promotion,
    copy_promotion,
    create_promotion,
    end_promotion,
    end_what_is_over,
    pause_promotion,
    refuse_promotion,
    resume_promotion,
    withdraw,
)
from prilavok.loyalty.actions.redemptions import use_on_receipt
from prilavok.loyalty.actions.referrals import (
    bring_friend,
    forget_referral_codes,
    make_referral_codes,
    order_referral_codes,
    reward_friends,
    set_referral_terms,
    undo_friend,
)
from prilavok.loyalty.actions.returning import cancel, give_back, settle_return
from prilavok.loyalty.actions.selling import Sold, commit
from prilavok.loyalty.actions.series import close_series, create_series, reopen_series
from prilavok.loyalty.actions.stock import load_codes, load_numbers
from prilavok.loyalty.actions.tiers import (
    change_tier,
    keep_tiers,
    look_at_buyers,
    make_tier,
    move_accounts,
    put_in_tier,
    reevaluate,
    remove_tier,
    restore_tier,
)
from prilavok.loyalty.actions.transfers import transfer_points
from prilavok.loyalty.actions.trying import Trial, Tried, try_basket

__all__ = [
    "Calculated",
    "GiftPaid",
    "Sold",
    "Trial",
    "Tried",
    "activate_card",
    "add_cards",
    "add_code",
    "approve_correction",
    "approve_promotion",
    "ask_approval",
    "block_card",
    "block_gift_card",
    "bring_friend",
    "calculate",
    "cancel",
    "change_card_kind",
    "change_gift_kind",
    "change_programme",
    "change_promotion",
    "change_tier",
    "close_series",
    "commit",
    "copy_promotion",
    "create_promotion",
    "create_series",
    "end_promotion",
    "end_what_is_over",
    "expire_gift_cards",
    "forget_attempts",
    "forget_calculations",
    "forget_cards",
    "forget_corrections",
    "forget_gift_cards",
    "forget_old_attempts",
    "forget_referral_codes",
    "gift_balance",
    "give_back",
    "issue",
    "issue_card",
    "issue_gift_cards",
    "keep_tiers",
    "load_codes",
    "load_numbers",
    "load_redemptions",
    "load_series",
    "look_at_buyers",
    "make_card_kind",
    "make_cards",
    "make_codes",
    "make_gift_kind",
    "make_programme",
    "make_referral_codes",
    "make_tier",
    "move_accounts",
    "open_accounts",
    "open_pool",
    "order_backtest",
    "order_cards",
    "order_codes",
    "order_gift_cards",
    "order_referral_codes",
    "pause_promotion",
    "propose_correction",
    "put_in_tier",
    "reevaluate",
    "refuse_promotion",
    "reject_correction",
    "remove_tier",
    "reopen_series",
    "replace_card",
    "restore_tier",
    "resume_promotion",
    "reward_friends",
    "run_backtest",
    "sell_gift_cards",
    "set_referral_terms",
    "settle_return",
    "take_gift_card_back",
    "tell_of_export",
    "transfer_points",
    "try_basket",
    "unblock_card",
    "unblock_gift_card",
    "undo_friend",
    "use_on_receipt",
    "withdraw",
]
